"""The statements by which a repair locks and writes, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from exporter.repair.changes import SetText
from exporter.repair.differences import changes_index
from exporter.repair.rows import Target, TimelineRows
from exporter.repair.schema import (
    ANALYSIS,
    DATASOURCE,
    SEARCHINDEX,
    STATUS_TABLES,
    TEXT_COLUMNS,
    TIMELINE,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import Any

    from sqlalchemy import Executable, Select, Table

    from exporter.repair.changes import Change, NewStatus, Repair, SetStatus

_OWN = {Target.TIMELINE: TIMELINE, Target.ANALYSIS: ANALYSIS}


def lock_own_row(repair: Repair) -> Select[Any]:
    """Lock the timeline's or analysis' own row, waiting for it.

    Timesketch's `set_status` locks the same row first (models/annotations.py), and on PostgreSQL
    and MariaDB a data source, status row or analysis that is added for it blocks on it by its
    foreign key. So once this lock is held, none of them is added or replaced.
    """
    return _lock(_OWN[repair.target], (repair.target_id,))


def lock_other_rows(repair: Repair) -> Iterator[Select[Any]]:
    """Lock the data sources, and the search index if it will be changed, without waiting.

    In this order, as Timesketch would; but it never holds two of them at once: each `set_status`
    is a transaction of its own.
    """
    if not isinstance(repair.rows, TimelineRows):
        return
    sources = [source.data_source_id for source in repair.rows.data_sources]
    if sources:
        yield _lock(DATASOURCE, sources, wait=False)
    if repair.rows.index is not None and changes_index(repair):
        yield _lock(SEARCHINDEX, (repair.rows.index.searchindex_id,), wait=False)


def write(change: Change) -> Iterator[Executable]:
    """Write a change as Timesketch's ORM would: rows replaced, `updated_at` moved."""
    if isinstance(change, SetText):
        column = TEXT_COLUMNS[change.column]
        values = {column.name: change.after, "updated_at": func.now()}
        yield update(column.table).where(column.table.c.id == change.row_id).values(values)
        return
    yield from _set_status(change)


def _set_status(change: SetStatus) -> Iterator[Executable]:
    table = STATUS_TABLES[change.table]
    # One by one and in their order, because the highest id counts; and before the former ones go,
    # as Timesketch's ORM does it: SQLite would give the id of the last row out again.
    for new in change.after:
        yield insert(table).inline().values(_values(change.parent_id, new))
    if change.before:
        yield delete(table).where(table.c.id.in_([row.status_id for row in change.before]))


def _values(parent_id: int, new: NewStatus) -> dict[str, object]:
    return {
        "parent_id": parent_id,
        "status": new.status,
        "user_id": new.user_id,
        "created_at": func.now() if new.created_at is None else new.created_at,
        "updated_at": func.now() if new.updated_at is None else new.updated_at,
    }


def _lock(table: Table, ids: Collection[int], *, wait: bool = True) -> Select[Any]:
    rows = select(table.c.id).where(table.c.id.in_(ids)).order_by(table.c.id)
    return rows.with_for_update(nowait=not wait)
