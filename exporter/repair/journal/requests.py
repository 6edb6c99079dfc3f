"""The inbox's rows: how requests are written, and read back together with their ends.

A request that is made again while it is open, or within `quiet` seconds of its end, is a duplicate
and nothing is stored: Alertmanager delivers at least once, and its replicas deliver the same.
Later the same request is a further attempt: its alert is still firing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from exporter.errors import InboxFullError, UnknownRequestError
from exporter.repair.journal.codec import dumps, loads
from exporter.repair.journal.damage import telling_damage
from exporter.repair.journal.tables import CONCLUSION, REQUEST
from exporter.repair.requests import (
    Asked,
    Conclusion,
    Request,
    RequestOutcome,
    RequestTally,
    TakenIn,
)
from exporter.repair.rows import Target
from exporter.stored import moment, moment_or_none, number, text, texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row, Select

    from exporter.repair.journal.codec import Json

_CHUNK = 500

_REQUESTS = select(
    REQUEST.c.sequence,
    REQUEST.c.request_id,
    REQUEST.c.attempt,
    REQUEST.c.received_at,
    REQUEST.c.target,
    REQUEST.c.target_id,
    REQUEST.c.document.label("asking"),
    CONCLUSION.c.outcome,
    CONCLUSION.c.concluded_at,
    CONCLUSION.c.document.label("ending"),
).outerjoin_from(REQUEST, CONCLUSION, CONCLUSION.c.sequence == REQUEST.c.sequence)


def take_in(
    connection: Connection,
    asked: Sequence[Asked],
    *,
    at: float,
    instance: str,
    quiet: float,
    capacity: int,
) -> TakenIn:
    """Append those that are no duplicates.

    Raises InboxFullError, having appended nothing, if more than `capacity` would then be open.
    """
    by_id = {each.request_id: each for each in asked}
    latest = _latest(connection, list(by_id))
    duplicates = tuple(
        request_id for request_id, row in latest.items() if _is_duplicate(row, at, quiet)
    )
    fresh = [each for each in by_id.values() if each.request_id not in set(duplicates)]
    if fresh:
        _require_room(connection, len(fresh), capacity)
        connection.execute(
            insert(REQUEST),
            [_row(each, latest.get(each.request_id), at, instance) for each in fresh],
        )
    return TakenIn(tuple(each.request_id for each in fresh), duplicates)


@telling_damage
def read_open(connection: Connection) -> tuple[Request, ...]:
    """The requests without a conclusion, the oldest first."""
    return _read(connection, _REQUESTS.where(CONCLUSION.c.sequence.is_(None)))


@telling_damage
def read_recent(connection: Connection, limit: int) -> tuple[Request, ...]:
    """So many requests, the newest first."""
    newest: Select[Any] = _REQUESTS.order_by(REQUEST.c.sequence.desc()).limit(limit)
    return tuple(map(_request, connection.execute(newest)))


@telling_damage
def read_attempts(connection: Connection, request_id: str) -> tuple[Request, ...]:
    """Every attempt of a request, the first one first; raises UnknownRequestError."""
    found = _read(connection, _REQUESTS.where(REQUEST.c.request_id == request_id))
    if not found:
        raise UnknownRequestError(f"the journal holds no request {request_id}")
    return found


def append_conclusions(
    connection: Connection, conclusions: Mapping[int, Conclusion], *, at: float
) -> None:
    """Append how requests (by sequence number) ended, unless that is known already."""
    known = _concluded(connection, list(conclusions))
    rows = [
        {
            "sequence": sequence,
            "outcome": conclusion.outcome,
            "concluded_at": at,
            "document": dumps({"detail": conclusion.detail, "repairs": [*conclusion.repairs]}),
        }
        for sequence, conclusion in conclusions.items()
        if sequence not in known
    ]
    if rows:
        connection.execute(insert(CONCLUSION), rows)


@telling_damage
def read_request_tally(connection: Connection) -> RequestTally:
    """Count the whole inbox."""
    outcomes = dict.fromkeys(RequestOutcome, 0)
    counted = connection.execute(
        select(CONCLUSION.c.outcome, func.count()).group_by(CONCLUSION.c.outcome)
    )
    for outcome, count in counted:
        outcomes[RequestOutcome(outcome)] += count
    return RequestTally(open=_count_open(connection), outcomes=outcomes)


@telling_damage
def _latest(connection: Connection, ids: list[str]) -> dict[str, Row[Any]]:
    """The last attempt of each of these requests that was made before."""
    latest: dict[str, Row[Any]] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = REQUEST.c.request_id.in_(ids[start : start + _CHUNK])
        rows = connection.execute(_REQUESTS.where(chunk).order_by(REQUEST.c.sequence))
        latest.update({row.request_id: row for row in rows})
    for row in latest.values():
        number(row.attempt)
        moment_or_none(row.concluded_at)
    return latest


def _concluded(connection: Connection, sequences: list[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(sequences), _CHUNK):
        chunk = CONCLUSION.c.sequence.in_(sequences[start : start + _CHUNK])
        found.update(connection.execute(select(CONCLUSION.c.sequence).where(chunk)).scalars())
    return found


def _is_duplicate(row: Row[Any], at: float, quiet: float) -> bool:
    return row.concluded_at is None or at - row.concluded_at < quiet


def _row(asked: Asked, before: Row[Any] | None, at: float, instance: str) -> dict[str, object]:
    document = {
        "fingerprint": asked.fingerprint,
        "alert": asked.alert,
        "labels": dict(asked.labels),
        "instance": instance,
    }
    return {
        "request_id": asked.request_id,
        "attempt": 1 if before is None else before.attempt + 1,
        "received_at": at,
        "target": asked.target,
        "target_id": asked.target_id,
        "document": dumps(document),
    }


def _require_room(connection: Connection, wanted: int, capacity: int) -> None:
    held = _count_open(connection)
    if held + wanted > capacity:
        raise InboxFullError(
            f"the inbox holds {held} open requests and has no room for {wanted} more "
            f"(webhook.capacity is {capacity})"
        )


def _count_open(connection: Connection) -> int:
    # Both tables only grow, and every conclusion is that of a request.
    requests = select(func.count()).select_from(REQUEST).scalar_subquery()
    conclusions = select(func.count()).select_from(CONCLUSION).scalar_subquery()
    count: int = connection.execute(select(requests - conclusions)).scalar_one()
    return count


def _read(connection: Connection, statement: Select[Any]) -> tuple[Request, ...]:
    return tuple(map(_request, connection.execute(statement.order_by(REQUEST.c.sequence))))


def _request(row: Row[Any]) -> Request:
    asking = loads(row.asking)
    return Request(
        sequence=row.sequence,
        asked=Asked(
            request_id=row.request_id,
            target=Target(row.target),
            target_id=row.target_id,
            fingerprint=text(asking["fingerprint"]),
            alert=text(asking["alert"]),
            labels=asking["labels"],
        ),
        attempt=row.attempt,
        received_at=moment(row.received_at),
        instance=text(asking["instance"]),
        conclusion=None if row.outcome is None else _conclusion(row.outcome, loads(row.ending)),
        concluded_at=moment_or_none(row.concluded_at),
    )


def _conclusion(outcome: str, document: Json) -> Conclusion:
    return Conclusion(RequestOutcome(outcome), text(document["detail"]), texts(document["repairs"]))
