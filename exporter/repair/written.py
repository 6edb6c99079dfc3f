"""Whether rows show that a repair was written. Pure."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from exporter.repair.changes import SetStatus, SetText, StatusTable, TextColumn
from exporter.repair.differences import differences
from exporter.repair.rows import AnalysisRows, TimelineRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.repair.changes import Change, NewStatus, Repair
    from exporter.repair.rows import Rows, StatusRow


class Trace(Enum):
    """What the rows tell of a repair whose end nobody saw."""

    WRITTEN = "written"
    OVERWRITTEN = "written, and changed since"
    ABSENT = "not written"
    UNCLEAR = "cannot be told"


def trace(repair: Repair, found: Rows | None) -> Trace:
    """Tell from the rows whether a repair was written; its process or connection was lost.

    A repair's id in a text is proof that it was written, since Timesketch never clears one. A
    former status row that is still there is proof that it was not: a repair deletes them all, in
    one transaction, and no id comes twice.
    """
    if found is None:
        return Trace.UNCLEAR
    if is_written(repair, found):
        return Trace.WRITTEN
    if any(_bears_id(repair, change, found) for change in repair.changes):
        return Trace.OVERWRITTEN
    if not differences(repair, found) or any(_is_untouched(c, found) for c in repair.changes):
        return Trace.ABSENT
    return Trace.UNCLEAR


def is_written(repair: Repair, found: Rows) -> bool:
    """Whether the rows are as the repair's changes leave them."""
    return all(_holds(change, found) for change in repair.changes)


def _holds(change: Change, found: Rows) -> bool:
    if isinstance(change, SetText):
        texts = _texts(change.column, found)
        return change.row_id in texts and texts[change.row_id] == change.after
    rows = _statuses(change.table, found).get(change.parent_id)
    if rows is None or len(rows) != len(change.after):
        return False
    former = {row.status_id for row in change.before}
    return all(
        row.status_id not in former and _is(row, new)
        for row, new in zip(rows, change.after, strict=True)
    )


def _is(row: StatusRow, new: NewStatus) -> bool:
    return (
        (row.status, row.user_id) == (new.status, new.user_id)
        and new.created_at in {None, row.created_at}
        and new.updated_at in {None, row.updated_at}
    )


def _bears_id(repair: Repair, change: Change, found: Rows) -> bool:
    """Whether a text that this repair signs with its id is there; an undo signs none."""
    if not isinstance(change, SetText) or repair.repair_id not in (change.after or ""):
        return False
    return repair.repair_id in (_texts(change.column, found).get(change.row_id) or "")


def _is_untouched(change: Change, found: Rows) -> bool:
    if not isinstance(change, SetStatus):
        return False
    former = {row.status_id for row in change.before}
    rows = _statuses(change.table, found).get(change.parent_id, ())
    return any(row.status_id in former for row in rows)


def _statuses(table: StatusTable, found: Rows) -> Mapping[int, tuple[StatusRow, ...]]:
    match table, found:
        case StatusTable.ANALYSIS, AnalysisRows():
            return {found.analysis_id: found.statuses}
        case StatusTable.TIMELINE, TimelineRows():
            return {found.timeline_id: found.statuses}
        case StatusTable.DATA_SOURCE, TimelineRows():
            return {source.data_source_id: source.statuses for source in found.data_sources}
        case StatusTable.INDEX, TimelineRows() if found.index is not None:
            return {found.index.searchindex_id: found.index.statuses}
    return {}


def _texts(column: TextColumn, found: Rows) -> Mapping[int, str | None]:
    match column, found:
        case TextColumn.RESULT, AnalysisRows():
            return {found.analysis_id: found.result}
        case TextColumn.ERROR_MESSAGE, TimelineRows():
            return {source.data_source_id: source.error_message for source in found.data_sources}
    return {}
