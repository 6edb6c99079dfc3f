"""The journal's entries: how one is written, and how it is read back together from its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, or_, select

from exporter.errors import NotJournalError, UnknownRepairError
from exporter.repair.journal.codec import decode_repair, decode_rows, dumps, encode, loads
from exporter.repair.journal.damage import DAMAGE, one_line
from exporter.repair.journal.tables import OUTCOME, REPAIR, SUPERSEDED
from exporter.repair.records import Entry, Guard, Origin, Outcome, Refusal
from exporter.repair.rows import Target
from exporter.stored import moment, moment_or_none, text, text_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from exporter.repair.changes import Repair
    from exporter.repair.rows import Rows

SHORTEST_PREFIX = 4
"""So many characters of a repair's id serve for it."""

_SHOWN_IDS = 5
_UNDO = REPAIR.alias("undo")
_UNDO_OUTCOME = OUTCOME.alias("undo_outcome")

UNDONE_BY = (
    select(_UNDO.c.repair_id)
    .join_from(_UNDO, _UNDO_OUTCOME, _UNDO.c.repair_id == _UNDO_OUTCOME.c.repair_id)
    .where(_UNDO.c.undoes == REPAIR.c.repair_id, _UNDO_OUTCOME.c.outcome == Outcome.APPLIED)
    .order_by(_UNDO.c.sequence)
    .limit(1)
    .correlate(REPAIR)
    .scalar_subquery()
)
"""The applied repair that took the row's repair back, or NULL."""

_ENTRIES = (
    select(
        REPAIR.c.sequence,
        REPAIR.c.begun_at,
        REPAIR.c.document.label("intent"),
        OUTCOME.c.outcome,
        OUTCOME.c.ended_at,
        OUTCOME.c.document.label("ending"),
        SUPERSEDED.c.found_at,
        SUPERSEDED.c.document.label("superseding"),
        UNDONE_BY.label("undone_by"),
    )
    .select_from(REPAIR)
    .outerjoin(OUTCOME, OUTCOME.c.repair_id == REPAIR.c.repair_id)
    .outerjoin(SUPERSEDED, SUPERSEDED.c.repair_id == REPAIR.c.repair_id)
)


def entries(*conditions: ColumnElement[bool]) -> Select[Any]:  # the columns are known here only
    """The statement for the entries that fulfil every condition, in the order they were begun."""
    return _ENTRIES.where(*conditions).order_by(REPAIR.c.sequence)


def of_timeline(timeline_id: int) -> ColumnElement[bool]:
    """Whether an entry is about this timeline or one of its analyses."""
    itself = and_(REPAIR.c.target == Target.TIMELINE, REPAIR.c.target_id == timeline_id)
    return or_(REPAIR.c.timeline_id == timeline_id, itself)


def find_range(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], *, limit: int | None
) -> tuple[int, int]:
    """The first and last sequence number of the newest entries that fulfil the conditions.

    The first is the greater where there are none.
    """
    newest = (
        select(REPAIR.c.sequence)
        .where(*conditions)
        .order_by(REPAIR.c.sequence.desc())
        .limit(limit)
        .subquery()
    )
    first, last = connection.execute(
        select(func.min(newest.c.sequence), func.max(newest.c.sequence))
    ).one()
    return (1, 0) if first is None else (first, last)


def find_id(connection: Connection, typed: str) -> str:
    """The id of the only repair whose id is or begins with `typed`; raises UnknownRepairError."""
    short = len(typed) < SHORTEST_PREFIX
    begins = func.substr(REPAIR.c.repair_id, 1, len(typed)) == typed
    found: Sequence[str] = (
        connection.execute(
            select(REPAIR.c.repair_id)
            .where(REPAIR.c.repair_id == typed if short else begins)
            # The whole id is the shortest that begins so.
            .order_by(func.length(REPAIR.c.repair_id), REPAIR.c.sequence)
            .limit(_SHOWN_IDS)
        )
        .scalars()
        .all()
    )
    if len(found) == 1 or typed in found:
        return found[0]
    if found:
        raise UnknownRepairError(
            f"several repairs begin with {typed}: {', '.join(found)}; type more of the id"
        )
    hint = f"; type {SHORTEST_PREFIX} characters of its id at least" if short else ""
    raise UnknownRepairError(f"the journal holds no repair {typed}{hint}")


def read_entry(row: Row[Any]) -> Entry:
    """The entry that a row of `entries` tells; raises NotJournalError where that is damaged."""
    try:
        return _entry(row)
    except DAMAGE as error:
        why = f"{type(error).__name__}: {one_line(error)}"
        raise NotJournalError(
            f"entry {row.sequence} of the journal is damaged ({why}); "
            "put a copy of the journal back"
        ) from error


def _entry(row: Row[Any]) -> Entry:
    intent = loads(row.intent)
    ending = loads(row.ending) if row.ending is not None else {}
    after = ending.get("after")
    return Entry(
        repair=decode_repair(intent["repair"]),
        origin=Origin(
            text(intent["actor"]), text(intent["trigger"]), text_or_none(intent.get("request"))
        ),
        version=text(intent["version"]),
        instance=text(intent["instance"]),
        begun_at=moment(row.begun_at),
        outcome=Outcome(row.outcome) if row.outcome is not None else None,
        ended_at=moment_or_none(row.ended_at),
        detail=text(ending.get("detail", "")),
        refusals=tuple(
            Refusal(Guard(refusal["guard"]), text(refusal["reason"]))
            for refusal in ending.get("refusals", ())
        ),
        after=decode_rows(after) if after is not None else None,
        undone_by=text_or_none(row.undone_by),
        superseded_at=moment_or_none(row.found_at),
        superseded_by=text(loads(row.superseding)["by"]) if row.superseding is not None else None,
    )


def append_intent(
    connection: Connection,
    repair: Repair,
    origin: Origin,
    *,
    at: float,
    instance: str,
    version: str,
) -> None:
    """Append what is going to be done."""
    document = {
        "repair": encode(repair),
        "actor": origin.actor,
        "trigger": origin.trigger,
        "request": origin.request,
        "instance": instance,
        "version": version,
    }
    connection.execute(
        insert(REPAIR).values(
            repair_id=repair.repair_id,
            begun_at=at,
            target=repair.target,
            target_id=repair.target_id,
            timeline_id=repair.timeline_id,
            undoes=repair.undoes,
            document=dumps(document),
        )
    )


def append_outcome(
    connection: Connection,
    repair_id: str,
    outcome: Outcome,
    *,
    at: float,
    detail: str = "",
    refusals: Iterable[Refusal] = (),
    after: Rows | None = None,
) -> None:
    """Append how it ended."""
    refusals = tuple(refusals)
    document = {
        "detail": detail,
        "refusals": encode(refusals),
        "after": encode(after) if after is not None else None,
    }
    # A dry run would have been refused by its mode, which is not counted as a refusal.
    guards = {refusal.guard for refusal in refusals} if outcome is Outcome.REFUSED else set()
    connection.execute(
        insert(OUTCOME).values(
            repair_id=repair_id,
            outcome=outcome,
            ended_at=at,
            guards=",".join(sorted(guards)),
            document=dumps(document),
        )
    )
