"""The questions that repairs ask Timesketch's database, each for many objects at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Select, column, exists, func, select, table

from exporter.repair.changes import StatusTable
from exporter.repair.schema import (
    ANALYSIS,
    DATASOURCE,
    SEARCHINDEX,
    SKETCH,
    SKETCH_LABEL,
    SKETCH_STATUS,
    STATUS_TABLES,
    TIMELINE,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from sqlalchemy import ColumnElement

_FILE = table(DATASOURCE.name, *map(column, ("id", "timeline_id", "file_on_disk")))


# The selected columns are named where rows are built; no type checker follows them there.
def timelines(timeline_ids: Collection[int]) -> Select[Any]:
    """Ask which sketch and index these timelines are of, and whether the sketch is living."""
    return (
        select(
            TIMELINE.c.id,
            TIMELINE.c.sketch_id,
            TIMELINE.c.name,
            SEARCHINDEX.c.id.label("searchindex_id"),
            SEARCHINDEX.c.index_name,
            _is_in_living_sketch().label("living"),
        )
        .select_from(TIMELINE.outerjoin(SEARCHINDEX, SEARCHINDEX.c.id == TIMELINE.c.searchindex_id))
        .where(TIMELINE.c.id.in_(timeline_ids))
        .order_by(TIMELINE.c.id)
    )


def index_shares(index_ids: Collection[int]) -> Select[Any]:
    """Ask how many timelines of living sketches lie in each of these indexes."""
    return (
        select(TIMELINE.c.searchindex_id, func.count().label("timelines"))
        .where(TIMELINE.c.searchindex_id.in_(index_ids), _is_in_living_sketch())
        .group_by(TIMELINE.c.searchindex_id)
    )


def data_sources(timeline_ids: Collection[int]) -> Select[Any]:
    """Ask which data sources these timelines have."""
    return (
        select(
            DATASOURCE.c.id,
            DATASOURCE.c.timeline_id,
            DATASOURCE.c.original_filename,
            DATASOURCE.c.error_message,
        )
        .where(DATASOURCE.c.timeline_id.in_(timeline_ids))
        .order_by(DATASOURCE.c.id)
    )


def files(timeline_ids: Collection[int]) -> Select[Any]:
    """Ask which files these timelines were uploaded as, by the paths that workers know."""
    return (
        select(_FILE.c.id, _FILE.c.timeline_id, _FILE.c.file_on_disk)
        .where(_FILE.c.timeline_id.in_(timeline_ids))
        .order_by(_FILE.c.id)
    )


def data_source_statuses(timeline_ids: Collection[int]) -> Select[Any]:
    """Ask which status rows the data sources of these timelines have."""
    table = STATUS_TABLES[StatusTable.DATA_SOURCE]
    return (
        select(table)
        .join_from(table, DATASOURCE, DATASOURCE.c.id == table.c.parent_id)
        .where(DATASOURCE.c.timeline_id.in_(timeline_ids))
        .order_by(table.c.id)
    )


def statuses(kind: StatusTable, parent_ids: Collection[int]) -> Select[Any]:
    """Ask which status rows these objects have."""
    table = STATUS_TABLES[kind]
    return select(table).where(table.c.parent_id.in_(parent_ids)).order_by(table.c.id)


def analyses(analysis_ids: Collection[int]) -> Select[Any]:
    """Ask what these analyses are of, and what their texts say."""
    return (
        select(
            ANALYSIS.c.id,
            ANALYSIS.c.sketch_id,
            ANALYSIS.c.timeline_id,
            ANALYSIS.c.name,
            ANALYSIS.c.analyzer_name,
            ANALYSIS.c.result,
        )
        .where(ANALYSIS.c.id.in_(analysis_ids))
        .order_by(ANALYSIS.c.id)
    )


def labels(sketch_ids: Collection[int]) -> Select[Any]:
    """Ask which labels these sketches have."""
    return select(SKETCH_LABEL.c.parent_id, SKETCH_LABEL.c.label).where(
        SKETCH_LABEL.c.parent_id.in_(sketch_ids), SKETCH_LABEL.c.label.is_not(None)
    )


def _is_in_living_sketch() -> ColumnElement[bool]:
    """Return whether a timeline's sketch is living, by the same rule as the scan's statements."""
    gone, newer = SKETCH_STATUS.alias("gone"), SKETCH_STATUS.alias("newer")
    # Columns are named because `SELECT *` would need the right to all of them.
    superseded = exists(newer.c.id).where(
        newer.c.parent_id == gone.c.parent_id, newer.c.id > gone.c.id
    )
    not_living = exists(gone.c.id).where(
        gone.c.parent_id == TIMELINE.c.sketch_id,
        gone.c.status.not_in(("new", "ready")),
        ~superseded,
    )
    return exists(SKETCH.c.id).where(SKETCH.c.id == TIMELINE.c.sketch_id) & ~not_living
