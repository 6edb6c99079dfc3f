"""What the journal tells the guards, and what pauses, brakes and sightings it takes down."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func, insert, or_, select

from exporter.repair.journal.codec import dumps, encode, loads
from exporter.repair.journal.damage import telling_damage
from exporter.repair.journal.tables import CONTROL, NO_STATUS, ORPHAN, OUTCOME, REPAIR
from exporter.repair.records import Brake, History, Outcome, Pause, Revoked
from exporter.repair.rows import Target
from exporter.snapshot import TaskMessage
from exporter.stored import moment, number, text, texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sqlalchemy import Connection

    from exporter.repair.journal.codec import Json
    from exporter.repair.records import Origin

BUDGET_SECONDS = 3600.0
"""The budget is per hour."""

_STORM_NOTED_EVERY = 60.0
_CHUNK = 500

_Item = TypeVar("_Item")

Sighting = tuple[Target, int, int | None]
"""A target and the status row that was judged orphaned; None where it has no status row."""


class Control(StrEnum):
    """What is taken down about repairs as a whole; these words are in the database.

    And, under a kind for each timeline, what its lost task was sent with.
    """

    PAUSE = "pause"
    RESUME = "resume"
    BRAKE_ENGAGED = "brake-engaged"
    BRAKE_RELEASED = "brake-released"
    REVOKE = "revoke"
    SENT = "sent"


@telling_damage
def read_history(connection: Connection, *, now: float, orphan_window: float) -> History:
    """What the guards need; `orphan_window` (seconds) is how far back sightings go."""
    return History(
        now=now,
        pause=read_pause(connection),
        brake=read_brake(connection),
        granted_at=_granted_at(connection, since=now - BUDGET_SECONDS),
        repaired_at=_repaired_at(connection),
        orphaned_at=_orphaned_at(connection, since=now - orphan_window),
    )


@telling_damage
def read_pause(connection: Connection) -> Pause | None:
    """The pause that holds, if one does: of several, the last."""
    row = connection.execute(
        select(CONTROL.c.kind, CONTROL.c.at, CONTROL.c.document)
        .where(CONTROL.c.kind.in_([Control.PAUSE, Control.RESUME]))
        .order_by(CONTROL.c.sequence.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.kind == Control.RESUME:
        return None
    document = loads(row.document)
    return Pause(at=moment(row.at), actor=text(document["actor"]), reason=text(document["reason"]))


@telling_damage
def read_brake(connection: Connection) -> Brake:
    """When the storm was last seen, to the minute, and when the brake was last released."""
    rows = connection.execute(
        select(CONTROL.c.kind, func.max(CONTROL.c.at))
        .where(CONTROL.c.kind.in_([Control.BRAKE_ENGAGED, Control.BRAKE_RELEASED]))
        .group_by(CONTROL.c.kind)
    )
    found = {kind: moment(at) for kind, at in rows}
    return Brake(
        engaged_at=found.get(Control.BRAKE_ENGAGED), released_at=found.get(Control.BRAKE_RELEASED)
    )


def is_engaged(brake: Brake) -> bool:
    """Whether the storm was seen since the brake was last released, however long ago."""
    return brake.engaged_at is not None and (
        brake.released_at is None or brake.engaged_at > brake.released_at
    )


def append_storm(connection: Connection, brake: Brake, *, at: float, instance: str) -> None:
    """Append that the brake is engaged, unless that was taken down less than a minute ago."""
    recently = brake.engaged_at is not None and abs(at - brake.engaged_at) < _STORM_NOTED_EVERY
    if not (recently and is_engaged(brake)):
        document = {"actor": instance, "reason": "storm"}
        _append(connection, Control.BRAKE_ENGAGED, at=at, document=document)


def append_control(
    connection: Connection, kind: Control, origin: Origin, *, at: float, reason: str = ""
) -> None:
    """Append what somebody did about repairs as a whole."""
    document = {"actor": origin.actor, "trigger": origin.trigger, "reason": reason}
    _append(connection, kind, at=at, document=document)


def append_revocation(
    connection: Connection,
    origin: Origin,
    *,
    at: float,
    timeline_id: int,
    task_ids: Collection[str],
    worker: str,
) -> None:
    """Append that a worker is about to be told to terminate tasks."""
    document = {
        "actor": origin.actor,
        "trigger": origin.trigger,
        "timeline_id": timeline_id,
        "task_ids": [*task_ids],
        "worker": worker,
    }
    _append(connection, Control.REVOKE, at=at, document=document)


@telling_damage
def read_revocations(connection: Connection, *, since: float) -> tuple[Revoked, ...]:
    """Which tasks were to be terminated since then, the oldest first."""
    rows = connection.execute(
        select(CONTROL.c.at, CONTROL.c.document)
        .where(CONTROL.c.kind == Control.REVOKE, CONTROL.c.at >= since)
        .order_by(CONTROL.c.sequence)
    )
    return tuple(_revoked(row.at, loads(row.document)) for row in rows)


def _revoked(at: float, document: Json) -> Revoked:
    return Revoked(
        at=moment(at),
        actor=text(document["actor"]),
        timeline_id=number(document["timeline_id"]),
        task_ids=texts(document["task_ids"]),
        worker=text(document["worker"]),
    )


def unknown_orphans(connection: Connection, orphaned: Iterable[Sighting]) -> list[Sighting]:
    """Those that were never seen before, each once."""
    wanted = list(dict.fromkeys(orphaned))
    known: set[Sighting] = set()
    for chunk in _chunks(wanted):
        ids = {target_id for _, target_id, _ in chunk}
        rows = connection.execute(
            select(ORPHAN.c.target, ORPHAN.c.target_id, ORPHAN.c.status_id).where(
                ORPHAN.c.target_id.in_(ids)
            )
        )
        known.update((Target(row.target), row.target_id, _status_id(row.status_id)) for row in rows)
    return [sighting for sighting in wanted if sighting not in known]


@telling_damage
def read_last_workers(
    connection: Connection, orphaned: Collection[Sighting]
) -> dict[Sighting, str]:
    """On which worker the task of each was last seen, where that was taken down."""
    found: dict[Sighting, str] = {}
    for chunk in _chunks(list(orphaned)):
        ids = {target_id for _, target_id, _ in chunk}
        rows = connection.execute(
            select(
                ORPHAN.c.target, ORPHAN.c.target_id, ORPHAN.c.status_id, ORPHAN.c.document
            ).where(ORPHAN.c.target_id.in_(ids))
        )
        for target, target_id, status_id, document in rows:
            worker = loads(document)["worker"]
            if worker is not None:
                found[Target(target), target_id, _status_id(status_id)] = worker
    return {sighting: found[sighting] for sighting in orphaned if sighting in found}


@telling_damage
def read_messages(
    connection: Connection, timeline_ids: Iterable[int]
) -> dict[int, tuple[TaskMessage, ...]]:
    """What the tasks of these timelines were sent with, where that was taken down; newest first."""
    found: defaultdict[int, list[TaskMessage]] = defaultdict(list)
    for chunk in _chunks(sorted(set(timeline_ids))):
        rows = connection.execute(
            select(CONTROL.c.document)
            .where(CONTROL.c.kind.in_([_sent_kind(each) for each in chunk]))
            .order_by(CONTROL.c.sequence.desc())
        )
        for document in map(loads, rows.scalars()):
            found[document["timeline_id"]].append(TaskMessage(**document["message"]))
    return {timeline_id: tuple(messages) for timeline_id, messages in found.items()}


def unknown_messages(
    connection: Connection, messages: Mapping[int, Collection[TaskMessage]]
) -> list[tuple[int, TaskMessage]]:
    """Those that tell more than what was taken down of the same task, with their timelines."""
    known = {
        (timeline_id, message.task_id, message.chain is not None)
        for timeline_id, seen in read_messages(connection, messages).items()
        for message in seen
    }
    return [
        (timeline_id, message)
        for timeline_id, seen in messages.items()
        for message in seen
        if known.isdisjoint(
            {
                (timeline_id, message.task_id, True),
                (timeline_id, message.task_id, message.chain is not None),
            }
        )
    ]


def append_messages(
    connection: Connection, messages: Iterable[tuple[int, TaskMessage]], *, at: float
) -> None:
    """Append what tasks of timelines were sent with."""
    for timeline_id, message in messages:
        document = {"timeline_id": timeline_id, "message": encode(message)}
        connection.execute(
            insert(CONTROL).values(kind=_sent_kind(timeline_id), at=at, document=dumps(document))
        )


def _sent_kind(timeline_id: int) -> str:
    """A kind for each timeline, by which the index finds its messages among those of all others."""
    return f"{Control.SENT}:{timeline_id}"


def append_orphans(
    connection: Connection,
    orphaned: Iterable[Sighting],
    workers: Mapping[Sighting, str],
    *,
    at: float,
) -> None:
    """Append that each was found orphaned for the first time, and where its task was seen last."""
    for chunk in _chunks(list(orphaned)):
        rows = [
            {
                "target": target,
                "target_id": target_id,
                "status_id": NO_STATUS if status_id is None else status_id,
                "found_at": at,
                "document": dumps({"worker": workers.get((target, target_id, status_id))}),
            }
            for target, target_id, status_id in chunk
        ]
        connection.execute(insert(ORPHAN), rows)


def _append(connection: Connection, kind: Control, *, at: float, document: Json) -> None:
    connection.execute(insert(CONTROL).values(kind=kind, at=at, document=dumps(document)))


def _granted_at(connection: Connection, *, since: float) -> tuple[float, ...]:
    rows = connection.execute(
        select(REPAIR.c.begun_at)
        .outerjoin(OUTCOME, OUTCOME.c.repair_id == REPAIR.c.repair_id)
        .where(
            REPAIR.c.begun_at > since,
            REPAIR.c.undoes.is_(None),
            or_(OUTCOME.c.outcome.is_(None), OUTCOME.c.outcome == Outcome.APPLIED),
        )
        .order_by(REPAIR.c.sequence)
    )
    return tuple(map(moment, rows.scalars()))


def _repaired_at(connection: Connection) -> dict[tuple[Target, int], float]:
    rows = connection.execute(
        select(REPAIR.c.target, REPAIR.c.target_id, func.max(OUTCOME.c.ended_at))
        .join_from(OUTCOME, REPAIR, OUTCOME.c.repair_id == REPAIR.c.repair_id)
        .where(OUTCOME.c.outcome == Outcome.APPLIED)
        .group_by(REPAIR.c.target, REPAIR.c.target_id)
    )
    return {(Target(target), target_id): moment(at) for target, target_id, at in rows}


def _orphaned_at(connection: Connection, *, since: float) -> dict[Sighting, float]:
    rows = connection.execute(
        select(ORPHAN.c.target, ORPHAN.c.target_id, ORPHAN.c.status_id, ORPHAN.c.found_at).where(
            ORPHAN.c.found_at > since
        )
    )
    return {
        (Target(target), target_id, _status_id(status_id)): moment(at)
        for target, target_id, status_id, at in rows
    }


def _status_id(stored: int) -> int | None:
    return None if stored == NO_STATUS else stored


def _chunks(items: list[_Item]) -> Iterator[list[_Item]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
