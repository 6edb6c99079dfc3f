"""What Timesketch's rows say about timelines and analyses, read in a few statements for many."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from exporter.observe.database import reading
from exporter.repair import selects
from exporter.repair.changes import StatusTable
from exporter.repair.rights import FILES, LABELS, ROWS
from exporter.repair.rows import (
    AnalysisRows,
    DataSourceRows,
    IndexRows,
    StatusRow,
    Target,
    TimelineRows,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine, Row

    from exporter.repair.rows import Rows

# So many timelines or analyses are read at once: six statements for timelines, two for analyses.
_CHUNK = 500

_Item = TypeVar("_Item")


class RowsReader:
    """Reads the rows that repairs are planned for, and the labels that protect sketches."""

    def __init__(self, engine: Engine) -> None:
        """`engine` is one of `reading_engine`."""
        self._engine = engine

    def read(self, wanted: Collection[tuple[Target, int]]) -> Mapping[tuple[Target, int], Rows]:
        """Return the rows of those that exist.

        Raises DatabaseUnreachableError, NotTimesketchDatabaseError or DatabasePrivilegeError.
        """
        found: dict[tuple[Target, int], Rows] = {}
        for chunk in _chunks(sorted(wanted)):
            with reading(self._engine, needs=ROWS) as transaction:
                found |= read_rows(transaction.connection, chunk)
        return found

    def files(self, timeline_ids: Collection[int]) -> Mapping[int, Mapping[int, str]]:
        """Return the paths of these timelines' files by data source; a stream's is empty.

        They are read apart from the rows, so that whoever writes repairs need not see them. Raises
        DatabaseUnreachableError, NotTimesketchDatabaseError or DatabasePrivilegeError.
        """
        found: defaultdict[int, dict[int, str]] = defaultdict(dict)
        for chunk in _chunks(sorted(set(timeline_ids))):
            with reading(self._engine, needs=FILES) as transaction:
                for row in transaction.connection.execute(selects.files(chunk)):
                    found[row.timeline_id][row.id] = row.file_on_disk or ""
        return found

    def labels(self, sketch_ids: Collection[int]) -> Mapping[int, frozenset[str]]:
        """Return the labels of those sketches that have any.

        Raises DatabaseUnreachableError, NotTimesketchDatabaseError or DatabasePrivilegeError.
        """
        found: defaultdict[int, set[str]] = defaultdict(set)
        for chunk in _chunks(sorted(set(sketch_ids))):
            with reading(self._engine, needs=LABELS) as transaction:
                for row in transaction.connection.execute(selects.labels(chunk)):
                    found[row.parent_id].add(row.label)
        return {sketch_id: frozenset(labels) for sketch_id, labels in found.items()}


def read_rows(
    connection: Connection, wanted: Iterable[tuple[Target, int]]
) -> dict[tuple[Target, int], Rows]:
    """Read the rows of a moderate number of timelines and analyses; raises DBAPIError."""
    ids: defaultdict[Target, list[int]] = defaultdict(list)
    for target, target_id in wanted:
        ids[target].append(target_id)
    found: dict[tuple[Target, int], Rows] = {}
    if ids[Target.TIMELINE]:
        for timeline in _timelines(connection, ids[Target.TIMELINE]):
            found[Target.TIMELINE, timeline.timeline_id] = timeline
    if ids[Target.ANALYSIS]:
        for analysis in _analyses(connection, ids[Target.ANALYSIS]):
            found[Target.ANALYSIS, analysis.analysis_id] = analysis
    return found


def _timelines(connection: Connection, timeline_ids: Sequence[int]) -> Iterator[TimelineRows]:
    timelines = connection.execute(selects.timelines(timeline_ids)).all()
    statuses = _statuses(connection, StatusTable.TIMELINE, timeline_ids)
    sources = _data_sources(connection, timeline_ids)
    index_ids = sorted({row.searchindex_id for row in timelines if row.searchindex_id is not None})
    index_statuses, users = {}, {}
    if index_ids:
        index_statuses = _statuses(connection, StatusTable.INDEX, index_ids)
        shares = connection.execute(selects.index_shares(index_ids))
        users = {row.searchindex_id: row.timelines for row in shares}
    for row in timelines:
        index = None
        if row.searchindex_id is not None:
            index = IndexRows(
                searchindex_id=row.searchindex_id,
                name=row.index_name or "",
                statuses=index_statuses.get(row.searchindex_id, ()),
                shared_with=users.get(row.searchindex_id, 0) - bool(row.living),
            )
        yield TimelineRows(
            timeline_id=row.id,
            sketch_id=row.sketch_id,
            name=row.name or "",
            statuses=statuses.get(row.id, ()),
            data_sources=sources.get(row.id, ()),
            index=index,
        )


def _data_sources(
    connection: Connection, timeline_ids: Sequence[int]
) -> dict[int, tuple[DataSourceRows, ...]]:
    """Return the data sources by timeline, in the order of their ids."""
    rows = connection.execute(selects.data_sources(timeline_ids)).all()
    statuses = _grouped(connection.execute(selects.data_source_statuses(timeline_ids)))
    found: defaultdict[int, list[DataSourceRows]] = defaultdict(list)
    for row in rows:
        found[row.timeline_id].append(
            DataSourceRows(
                data_source_id=row.id,
                statuses=statuses.get(row.id, ()),
                error_message=row.error_message,
                name=row.original_filename or "",
            )
        )
    return {timeline_id: tuple(sources) for timeline_id, sources in found.items()}


def _analyses(connection: Connection, analysis_ids: Sequence[int]) -> Iterator[AnalysisRows]:
    rows = connection.execute(selects.analyses(analysis_ids)).all()
    statuses = _statuses(connection, StatusTable.ANALYSIS, analysis_ids)
    for row in rows:
        yield AnalysisRows(
            analysis_id=row.id,
            sketch_id=row.sketch_id,
            timeline_id=row.timeline_id,
            analyzer=row.analyzer_name or row.name or "",
            statuses=statuses.get(row.id, ()),
            result=row.result,
        )


def _statuses(
    connection: Connection, table: StatusTable, parent_ids: Sequence[int]
) -> dict[int, tuple[StatusRow, ...]]:
    return _grouped(connection.execute(selects.statuses(table, parent_ids)))


def _grouped(rows: Iterable[Row[tuple[object, ...]]]) -> dict[int, tuple[StatusRow, ...]]:
    """Return status rows by parent, in the order in which they come: of their ids."""
    found: defaultdict[int, list[StatusRow]] = defaultdict(list)
    for row in rows:
        found[row.parent_id].append(
            StatusRow(
                status_id=row.id,
                status=row.status or "",
                user_id=row.user_id,
                created_at=row.created_at,
                updated_at=row.updated_at,
            )
        )
    return {parent_id: tuple(statuses) for parent_id, statuses in found.items()}


def _chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
