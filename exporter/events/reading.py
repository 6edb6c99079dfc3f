"""What the story of one timeline is made from, read in a handful of short statements."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from exporter.events.records import (
    Beats,
    Finding,
    Kind,
    Source,
    Stream,
    TaskEvent,
    Watch,
    WorkerChange,
)
from exporter.events.tables import BEAT, EVENT, FINDING, TASK, WATCH, WORKER
from exporter.stored import (
    instant,
    instant_or_none,
    moment,
    moment_or_none,
    number,
    number_or_none,
    text,
    text_or_none,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

MOST = 1_000
"""Rows of each kind, the newest, that a story is made from at most."""

_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Material:
    """What is stored of a timeline, each kind in the order of time.

    `workers` are the changes of those that had to do with it, `watches` those of all that time.
    """

    timeline_id: int
    events: Sequence[TaskEvent] = ()
    findings: Sequence[Finding] = ()
    workers: Sequence[WorkerChange] = ()
    watches: Sequence[Watch] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of it."""
        return not (self.events or self.findings)


def read_material(connection: Connection, timeline_id: int) -> Material:
    """Read everything about a timeline."""
    findings = _findings(connection, timeline_id)
    events = _events(connection, timeline_id)
    if not findings and not events:
        return Material(timeline_id)
    moments = [*(each.at for each in findings), *(each.at for each in events)]
    uploads = [source.made_at for each in findings for source in each.sources]
    names = {each.worker for each in findings if each.worker is not None}
    names.update(each.worker for each in events)
    return Material(
        timeline_id,
        events,
        findings,
        _workers(connection, names, since=min(moments), until=max(moments)),
        _watches(connection, since=min([*moments, *uploads])),
    )


def read_beats(
    connection: Connection, worker: str, *, since: float
) -> tuple[Sequence[Beats], Sequence[Watch]]:
    """Read the heartbeats of a worker, and when anybody listened for any."""
    rows = connection.execute(
        select(BEAT.c.worker, BEAT.c.minute, BEAT.c.beats, BEAT.c.last_at)
        .where(BEAT.c.worker == worker, BEAT.c.minute >= int(since // _MINUTE))
        .order_by(BEAT.c.minute)
    )
    watches = _watches(connection, since=since)
    beats = [Beats(text(row[0]), number(row[1]), number(row[2]), moment(row[3])) for row in rows]
    return beats, [watch for watch in watches if watch.stream is Stream.WORKERS]


def _events(connection: Connection, timeline_id: int) -> Sequence[TaskEvent]:
    rows = connection.execute(
        select(
            TASK.c.task_id,
            EVENT.c.kind,
            EVENT.c.worker,
            EVENT.c.stamp,
            EVENT.c.at,
            EVENT.c.detail,
            TASK.c.name,
            TASK.c.timeline_id,
            TASK.c.analysis_id,
        )
        .join_from(EVENT, TASK, EVENT.c.task == TASK.c.id)
        .where(TASK.c.timeline_id == timeline_id)
        .order_by(EVENT.c.at.desc(), EVENT.c.stamp.desc())
        .limit(MOST)
    )
    found = [
        TaskEvent(
            text(row[0]),
            Kind(row[1]),
            text(row[2]),
            instant(row[3]),
            moment(row[4]),
            text_or_none(row[5]),
            text_or_none(row[6]),
            number_or_none(row[7]),
            number_or_none(row[8]),
        )
        for row in rows
    ]
    return found[::-1]


def _findings(connection: Connection, timeline_id: int) -> Sequence[Finding]:
    rows = connection.execute(
        select(
            FINDING.c.at,
            FINDING.c.target,
            FINDING.c.target_id,
            FINDING.c.verdict,
            FINDING.c.document,
        )
        .where(FINDING.c.timeline_id == timeline_id)
        .order_by(FINDING.c.id.desc())
        .limit(MOST)
    )
    found = []
    for at, target, target_id, verdict, stored in rows:
        document = json.loads(stored)
        found.append(
            Finding(
                at=moment(at),
                instance=text(document["instance"]),
                target=text(target),
                target_id=number(target_id),
                timeline_id=timeline_id,
                verdict=text_or_none(verdict),
                worker=text_or_none(document["worker"]),
                reasons=texts(document["reasons"]),
                task_ids=texts(document["task_ids"]),
                since=instant_or_none(document["since"]),
                complete=bool(document["complete"]),
                analyzer=text_or_none(document["analyzer"]),
                sources=tuple(_source(source) for source in document["sources"]),
            )
        )
    return found[::-1]


def _source(document: Any) -> Source:  # noqa: ANN401  JSON
    return Source(
        data_source_id=number(document["data_source_id"]),
        kind=text(document["kind"]),
        status=text_or_none(document["status"]),
        made_at=instant(document["made_at"]),
        since=instant(document["since"]),
    )


def _workers(
    connection: Connection, names: Collection[str], *, since: float, until: float
) -> Sequence[WorkerChange]:
    rows = connection.execute(
        select(WORKER.c.at, WORKER.c.worker, WORKER.c.state, WORKER.c.document)
        .where(WORKER.c.worker.in_(sorted(names)), WORKER.c.at.between(since, until))
        .order_by(WORKER.c.id.desc())
        .limit(MOST)
    )
    found = []
    for at, worker, state, stored in rows:
        document = json.loads(stored)
        found.append(
            WorkerChange(
                at=moment(at),
                instance=text(document["instance"]),
                worker=text(worker),
                state=text(state),
                last_heartbeat=moment_or_none(document["last_heartbeat"]),
                reasons=texts(document["reasons"]),
            )
        )
    return found[::-1]


def _watches(connection: Connection, *, since: float) -> Sequence[Watch]:
    """The watches that lasted into a time or were in it, and the last one of each stream before.

    That one tells where a gap began that lasts into the time.
    """
    before = connection.execute(
        select(func.max(WATCH.c.until_at)).where(WATCH.c.until_at < since).group_by(WATCH.c.stream)
    ).scalars()
    rows = connection.execute(
        select(
            WATCH.c.stream, WATCH.c.instance, WATCH.c.began_at, WATCH.c.until_at, WATCH.c.because
        )
        .where(WATCH.c.until_at >= min(before, default=since))
        .order_by(WATCH.c.began_at.desc())
        .limit(MOST)
    )
    return [
        Watch(Stream(row[0]), text(row[1]), moment(row[2]), moment(row[3]), text_or_none(row[4]))
        for row in rows
    ][::-1]
