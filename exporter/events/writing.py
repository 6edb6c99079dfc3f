"""How a batch becomes rows; everything of it in one transaction."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from exporter.events.tables import BEAT, EVENT, FINDING, TASK, WATCH, WORKER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from exporter.events.database import HistoryDatabase
    from exporter.events.intake import Batch
    from exporter.events.records import Beats, Finding, TaskEvent, Tie, Watch, WorkerChange

_CHUNK = 500
_ROWS_AT_ONCE = 1_000
_DOCUMENTS_AT_ONCE = 100
"""Rows are dictionaries for a moment: so many need less than a megabyte."""


def write(database: HistoryDatabase, connection: Connection, batch: Batch) -> None:
    """Write everything; what is there already, from another replica or an earlier try, stays."""
    numbers = _task_numbers(database, connection, batch)
    _write_events(database, connection, batch.events, numbers)
    _write_beats(database, connection, batch.beats)
    for start in range(0, len(batch.findings), _DOCUMENTS_AT_ONCE):
        some = batch.findings[start : start + _DOCUMENTS_AT_ONCE]
        connection.execute(insert(FINDING), [_finding(each) for each in some])
    for start in range(0, len(batch.workers), _DOCUMENTS_AT_ONCE):
        changes = batch.workers[start : start + _DOCUMENTS_AT_ONCE]
        connection.execute(insert(WORKER), [_worker(each) for each in changes])
    _write_watches(database, connection, batch.watches)


def _task_numbers(
    database: HistoryDatabase, connection: Connection, batch: Batch
) -> dict[str, int]:
    """The numbers of all tasks of a batch, after giving one to each that is new."""
    known: dict[str, dict[str, Any]] = {}
    for event in batch.events:
        _learn(known, event, event.task_name)
    for tie in batch.ties:
        _learn(known, tie, None)
    if not known:
        return {}
    numbers, untied = _read_numbers(connection, known)
    fresh = [known[task_id] for task_id in known if task_id not in numbers]
    if fresh:
        connection.execute(database.insert(TASK).on_conflict_do_nothing(), fresh)
        more, _ = _read_numbers(connection, (each["task_id"] for each in fresh))
        numbers |= more
    learnt = [
        {
            "number": numbers[task_id],
            **{name: known[task_id][name] for name in ("name", "timeline_id", "analysis_id")},
        }
        for task_id in untied
        if _tells(known[task_id])
    ]
    if learnt:
        connection.execute(_LEARN, learnt)
    return numbers


_LEARN = (
    update(TASK)
    .where(TASK.c.id == bindparam("number"))
    .values(
        {
            column: func.coalesce(column, bindparam(column.name))
            for column in (TASK.c.name, TASK.c.timeline_id, TASK.c.analysis_id)
        }
    )
)


def _learn(known: dict[str, dict[str, Any]], teller: TaskEvent | Tie, name: str | None) -> None:
    row = known.get(teller.task_id)
    if row is None:
        known[teller.task_id] = {
            "task_id": teller.task_id,
            "name": name,
            "timeline_id": teller.timeline_id,
            "analysis_id": teller.analysis_id,
            "first_at": teller.at,
        }
        return
    for column, value in (
        ("name", name),
        ("timeline_id", teller.timeline_id),
        ("analysis_id", teller.analysis_id),
    ):
        if row[column] is None:
            row[column] = value


def _tells(row: dict[str, Any]) -> bool:
    return row["timeline_id"] is not None or row["analysis_id"] is not None


def _read_numbers(
    connection: Connection, task_ids: Iterable[str]
) -> tuple[dict[str, int], list[str]]:
    """The numbers of those that have one, and which of them are not tied to anything yet."""
    numbers: dict[str, int] = {}
    untied = []
    for chunk in _chunks(list(task_ids)):
        rows = connection.execute(
            select(TASK.c.task_id, TASK.c.id, TASK.c.timeline_id, TASK.c.analysis_id).where(
                TASK.c.task_id.in_(chunk)
            )
        )
        for task_id, number, timeline_id, analysis_id in rows:
            numbers[task_id] = number
            if timeline_id is None and analysis_id is None:
                untied.append(task_id)
    return numbers, untied


def _write_events(
    database: HistoryDatabase,
    connection: Connection,
    events: Sequence[TaskEvent],
    numbers: dict[str, int],
) -> None:
    statement = database.insert(EVENT).on_conflict_do_nothing()
    for start in range(0, len(events), _ROWS_AT_ONCE):
        rows = [
            {
                "task": numbers[each.task_id],
                "stamp": each.stamp,
                "kind": each.kind.value,
                "worker": each.worker,
                "at": each.at,
                "detail": each.detail,
            }
            for each in events[start : start + _ROWS_AT_ONCE]
        ]
        connection.execute(statement, rows)


def _write_beats(database: HistoryDatabase, connection: Connection, beats: Sequence[Beats]) -> None:
    """Add minutes; where a replica, or we before, counted the same one, the greater count holds."""
    if beats:
        statement = database.insert(BEAT)
        new = statement.excluded
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[BEAT.c.worker, BEAT.c.minute],
                set_={
                    "beats": database.greatest(BEAT.c.beats, new.beats),
                    "last_at": database.greatest(BEAT.c.last_at, new.last_at),
                },
            ),
            [each._asdict() for each in beats],
        )


def _write_watches(
    database: HistoryDatabase, connection: Connection, watches: Sequence[Watch]
) -> None:
    if watches:
        statement = database.insert(WATCH)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[WATCH.c.stream, WATCH.c.instance, WATCH.c.began_at],
                set_={
                    "until_at": statement.excluded.until_at,
                    "because": statement.excluded.because,
                },
            ),
            [asdict(each) for each in watches],
        )


def _finding(finding: Finding) -> dict[str, object]:
    document = {
        "instance": finding.instance,
        "worker": finding.worker,
        "reasons": finding.reasons,
        "task_ids": finding.task_ids,
        "since": finding.since,
        "complete": finding.complete,
        "analyzer": finding.analyzer,
        "sources": [asdict(source) for source in finding.sources],
    }
    return {
        "at": finding.at,
        "target": finding.target,
        "target_id": finding.target_id,
        "timeline_id": finding.timeline_id,
        "verdict": finding.verdict,
        "document": json.dumps(document, separators=(",", ":")),
    }


def _worker(change: WorkerChange) -> dict[str, object]:
    document = {
        "instance": change.instance,
        "last_heartbeat": change.last_heartbeat,
        "reasons": change.reasons,
    }
    return {
        "at": change.at,
        "worker": change.worker,
        "state": change.state,
        "document": json.dumps(document, separators=(",", ":")),
    }


def _chunks(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
