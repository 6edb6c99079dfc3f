"""What a repair changes, in words for operators. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.changes import SetStatus, StatusTable, TextColumn
from exporter.repair.rows import Target, TimelineRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exporter.repair.changes import Change, NewStatus, Repair
    from exporter.repair.rows import StatusRow

_OBJECTS = {
    StatusTable.TIMELINE: "timeline",
    StatusTable.DATA_SOURCE: "data source",
    StatusTable.INDEX: "search index",
    StatusTable.ANALYSIS: "analysis",
}
_TEXTS = {
    TextColumn.ERROR_MESSAGE: ("data source", "error message"),
    TextColumn.RESULT: ("analysis", "result"),
}
_NONE = "no status"


def subject(repair: Repair) -> str:
    """What a repair is about: `timeline 5 'disk.csv'`."""
    return f"{repair.target} {repair.target_id} {repair.name!r}"


def change_lines(repair: Repair) -> tuple[str, ...]:
    """What becomes what, a line for each change: `data source 7 'a.csv': queueing → fail`."""
    rows = (f"{_object(repair, change)}: {_becomes(repair, change)}" for change in repair.changes)
    return (*rows, *_task_lines(repair))


def headline(repair: Repair) -> str:
    """What becomes of the repaired object itself: `processing → fail`, or `no change`."""
    table = StatusTable.TIMELINE if repair.target is Target.TIMELINE else StatusTable.ANALYSIS
    if repair.requeue is not None and repair.undoes is None:
        return "requeued"
    own = (
        _becomes(repair, change)
        for change in repair.changes
        if isinstance(change, SetStatus)
        and (change.table, change.parent_id) == (table, repair.target_id)
    )
    return next(own, "no change")


def _task_lines(repair: Repair) -> Iterator[str]:
    requeue = repair.requeue
    if requeue is None:
        return
    if repair.undoes is not None:
        yield f"task {requeue.task_id}: revoked, unless it has begun"
        return
    if requeue.events:
        yield f"search index: {requeue.events} events of it deleted"
    name = requeue.task_name.rpartition(".")[2]
    yield f"task {name}: sent to queue {requeue.queue} as {requeue.task_id}"


def _object(repair: Repair, change: Change) -> str:
    if isinstance(change, SetStatus):
        name = _name_of(repair, change.parent_id) if change.table is StatusTable.DATA_SOURCE else ""
        return f"{_OBJECTS[change.table]} {change.parent_id}{name}"
    return f"{_TEXTS[change.column][0]} {change.row_id}"


def _name_of(repair: Repair, data_source_id: int) -> str:
    if not isinstance(repair.rows, TimelineRows):
        return ""
    names = {source.data_source_id: source.name for source in repair.rows.data_sources}
    name = names.get(data_source_id)
    return f" {name!r}" if name else ""


def _becomes(repair: Repair, change: Change) -> str:
    if isinstance(change, SetStatus):
        return f"{_statuses(change.before)} → {_statuses(change.after)}"
    text = _TEXTS[change.column][1]
    if repair.undoes is None:
        return f"{text} tells what happened"
    return f"{text} put back" if change.after else f"{text} removed"


def _statuses(rows: Sequence[StatusRow | NewStatus]) -> str:
    """The status that counts: that of the last row."""
    return rows[-1].status if rows else _NONE
