"""The undo of a repair: the former rows and texts, put back as they were. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.errors import UndoRefusedError
from exporter.repair.changes import Evidence, NewStatus, SetStatus, SetText, StatusTable
from exporter.repair.moments import moment
from exporter.repair.records import Outcome
from exporter.repair.rows import TimelineRows, newest

if TYPE_CHECKING:
    from exporter.repair.changes import Change, Repair
    from exporter.repair.records import Entry
    from exporter.repair.rows import Rows, StatusRow

VERDICT = "undo"


def plan_undo(entry: Entry, *, repair_id: str, now: float) -> Repair:
    """The repair that takes this one back, planned for the rows as it left them.

    Every former status row returns with its user and its timestamps, under a new id. Raises
    UndoRefusedError for what was not applied, is taken back or changed since, or is an undo.
    """
    repair, after = entry.repair, entry.after
    reason = _why_not(entry)
    if reason is not None or after is None:
        raise UndoRefusedError(
            f"repair {repair.repair_id} cannot be undone: "
            f"{reason or 'the journal does not say how it left the rows'}"
        )
    judged = newest(after.statuses)
    applied = moment(entry.begun_at if entry.ended_at is None else entry.ended_at)
    return replace(
        repair,
        repair_id=repair_id,
        status_id=None if judged is None else judged.status_id,
        rows=after,
        changes=tuple(_inverse(change, after) for change in reversed(repair.changes)),
        evidence=Evidence(
            verdict=VERDICT,
            since=repair.evidence.since,
            judged_at=now,
            reasons=(f"takes back repair {repair.repair_id}, applied at {applied}",),
            task_ids=repair.evidence.task_ids,
            worker=repair.evidence.worker,
        ),
        undoes=repair.repair_id,
    )


def _why_not(entry: Entry) -> str | None:
    if entry.outcome is not Outcome.APPLIED:
        if entry.outcome is None:
            return "it is still under way"
        return f"it was not applied but is {entry.outcome}"
    if entry.repair.undoes is not None:
        return f"it is itself the undo of repair {entry.repair.undoes}; repair anew instead"
    if entry.undone_by is not None:
        return f"repair {entry.undone_by} took it back already"
    if entry.superseded_at is not None:
        said = f": {entry.superseded_by}" if entry.superseded_by else ""
        return f"its rows were changed since by somebody else{said}"
    return None


def _inverse(change: Change, after: Rows) -> Change:
    if isinstance(change, SetText):
        return replace(change, before=change.after, after=change.before)
    return replace(
        change,
        before=_statuses(change, after),
        after=tuple(
            NewStatus(row.status, row.user_id, row.created_at, row.updated_at)
            for row in change.before
        ),
    )


def _statuses(change: SetStatus, after: Rows) -> tuple[StatusRow, ...]:
    """The status rows that the repair left where this change wrote."""
    if isinstance(after, TimelineRows):
        if change.table is StatusTable.DATA_SOURCE:
            written = {source.data_source_id: source for source in after.data_sources}
            return written[change.parent_id].statuses
        if change.table is StatusTable.INDEX and after.index is not None:
            return after.index.statuses
    return after.statuses
