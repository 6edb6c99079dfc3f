"""Timesketch's rows before and after a repair, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.repair.changes import SetStatus, StatusTable, TextColumn
from exporter.repair.rows import TimelineRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exporter.repair.changes import Change, NewStatus, Repair
    from exporter.repair.rows import Rows, StatusRow

WITHHELD = "(shown to those who sign in)"
NO_STATUS = "no status"

Place = tuple[StatusTable | TextColumn, int]
"""A table or column, and the id of the object."""

_FIELDS: dict[StatusTable | TextColumn, str] = {
    StatusTable.TIMELINE: "status",
    StatusTable.DATA_SOURCE: "status",
    StatusTable.INDEX: "status",
    StatusTable.ANALYSIS: "status",
    TextColumn.ERROR_MESSAGE: "error message",
    TextColumn.RESULT: "result",
}


@dataclass(frozen=True, slots=True)
class RowChange:
    """One value of one of Timesketch's rows. `after` is what a repair left, or would leave."""

    label: str
    name: str
    field: str
    before: str
    after: str
    changed: bool


def row_changes(repair: Repair, after: Rows | None, *, names: bool) -> tuple[RowChange, ...]:
    """Every value that a repair looks at; without rows `after`, as it means to leave them.

    `names` says whether names and texts may be shown that came from people.
    """
    before = {place: value for place, _, value in _values(repair.rows)}
    if after is None:
        then = before | dict(map(_planned, repair.changes))
    else:
        then = {place: value for place, _, value in _values(after)}
    labels = {place: label for place, label, _ in _values(repair.rows)}
    return tuple(
        RowChange(
            label=f"{_object(place)} {place[1]}",
            name=label if names else "",
            field=_FIELDS[place[0]],
            before=_shown(place, before[place], names=names),
            after=_shown(place, then.get(place, "gone"), names=names),
            changed=before[place] != then.get(place),
        )
        for place, label in labels.items()
    )


def _values(rows: Rows) -> Iterator[tuple[Place, str, str]]:
    """Every value with its place and the name of the object that it belongs to."""
    if not isinstance(rows, TimelineRows):
        status = (StatusTable.ANALYSIS, rows.analysis_id)
        yield status, rows.analyzer, _statuses(rows.statuses)
        yield (TextColumn.RESULT, rows.analysis_id), rows.analyzer, rows.result or ""
        return
    yield (StatusTable.TIMELINE, rows.timeline_id), rows.name, _statuses(rows.statuses)
    for source in rows.data_sources:
        number = source.data_source_id
        yield (StatusTable.DATA_SOURCE, number), source.name, _statuses(source.statuses)
        yield (TextColumn.ERROR_MESSAGE, number), source.name, source.error_message or ""
    if rows.index is not None:
        place = (StatusTable.INDEX, rows.index.searchindex_id)
        yield place, rows.index.name, _statuses(rows.index.statuses)


def _planned(change: Change) -> tuple[Place, str]:
    if isinstance(change, SetStatus):
        return (change.table, change.parent_id), _statuses(change.after)
    return (change.column, change.row_id), change.after or ""


def _statuses(rows: Sequence[StatusRow | NewStatus]) -> str:
    """All status rows of an object: there should be one, and older databases may hold several."""
    return ", ".join(row.status for row in rows) or NO_STATUS


def _object(place: Place) -> str:
    match place[0]:
        case StatusTable.TIMELINE:
            return "timeline"
        case StatusTable.DATA_SOURCE | TextColumn.ERROR_MESSAGE:
            return "data source"
        case StatusTable.INDEX:
            return "search index"
        case StatusTable.ANALYSIS | TextColumn.RESULT:
            return "analysis"


def _shown(place: Place, value: str, *, names: bool) -> str:
    withheld = isinstance(place[0], TextColumn) and value and not names
    return WITHHELD if withheld else value
