"""A timeline and an analysis that are stuck, and the repairs of them, made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert

from exporter.demo import tables
from exporter.observe.database import reading_engine
from exporter.repair.apply import Writer
from exporter.repair.changes import (
    Evidence,
    NewStatus,
    Repair,
    SetStatus,
    SetText,
    StatusTable,
    TextColumn,
)
from exporter.repair.plan_undo import plan_undo
from exporter.repair.reading import RowsReader
from exporter.repair.records import Entry, Origin, Outcome
from exporter.repair.rows import AnalysisRows, Target, TimelineRows
from exporter.repair.writing import writing_engine
from tests.integration.observe.timesketch_database import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Table

    from exporter.repair.apply import Applied
    from exporter.repair.changes import Change
    from exporter.repair.rows import Rows
    from tests.integration.observe.timesketch_database import TimesketchDatabase

EVIDENCE = Evidence(verdict="orphaned", since=0.0, judged_at=0.0, reasons=("made up",))


@dataclass(frozen=True, slots=True)
class Stuck:
    """Timesketch's database with one stuck timeline, two data sources and one stuck analysis."""

    database: TimesketchDatabase
    sketch_id: int
    index_id: int
    timeline_id: int
    analysis_id: int

    def timeline(self) -> TimelineRows:
        """Read the timeline's rows as they are now."""
        found = read(self.database, Target.TIMELINE, self.timeline_id)
        assert isinstance(found, TimelineRows)
        return found

    def analysis(self) -> AnalysisRows:
        """Read the analysis' rows as they are now."""
        found = read(self.database, Target.ANALYSIS, self.analysis_id)
        assert isinstance(found, AnalysisRows)
        return found


def stuck(database: TimesketchDatabase) -> Stuck:
    """Fill a database."""
    sketch_id = database.sketch("new")
    index_id = database.search_index("stuck")
    add(database, tables.SEARCHINDEX_STATUS, parent_id=index_id, status="processing")
    timeline_id = database.timeline(
        sketch_id, "processing", index_id=index_id, sources=[Source(), Source(["queueing"])]
    )
    analysis_id = database.analysis(sketch_id, "STARTED", timeline_id=timeline_id)
    database.make_older("timeline_status")
    return Stuck(database, sketch_id, index_id, timeline_id, analysis_id)


def add(database: TimesketchDatabase, table: Table, **values: object) -> None:
    """Insert a row."""
    with database.engine.begin() as connection:
        connection.execute(insert(table).values(**values))


def read(database: TimesketchDatabase, target: Target, target_id: int) -> Rows | None:
    """Read rows as the exporter does."""
    engine = reading_engine(database.roles.reader, timeout=10)
    try:
        return RowsReader(engine).read([(target, target_id)]).get((target, target_id))
    finally:
        engine.dispose()


def repair_timeline(rows: TimelineRows, *, repair_id: str = "r1", index: bool = False) -> Repair:
    """Return the repair that sets everything of a timeline to fail."""
    changes: list[Change] = []
    for source in rows.data_sources:
        source_id = source.data_source_id
        changes += [
            _fail(StatusTable.DATA_SOURCE, source_id, source.statuses),
            SetText(
                TextColumn.ERROR_MESSAGE,
                source_id,
                source.error_message,
                f"The import was lost. Upload again. Repair {repair_id}.",
            ),
        ]
    changes.append(_fail(StatusTable.TIMELINE, rows.timeline_id, rows.statuses))
    if index and rows.index is not None:
        changes.append(_fail(StatusTable.INDEX, rows.index.searchindex_id, rows.index.statuses))
    return Repair(
        repair_id=repair_id,
        target=Target.TIMELINE,
        target_id=rows.timeline_id,
        sketch_id=rows.sketch_id,
        timeline_id=rows.timeline_id,
        name=rows.name,
        status_id=rows.statuses[-1].status_id,
        rows=rows,
        changes=tuple(changes),
        evidence=EVIDENCE,
    )


def repair_analysis(rows: AnalysisRows) -> Repair:
    """Return the repair that sets an analysis to ERROR."""
    return Repair(
        repair_id="r2",
        target=Target.ANALYSIS,
        target_id=rows.analysis_id,
        sketch_id=rows.sketch_id,
        timeline_id=rows.timeline_id,
        name=rows.analyzer,
        status_id=rows.statuses[-1].status_id,
        rows=rows,
        changes=(
            SetStatus(StatusTable.ANALYSIS, rows.analysis_id, rows.statuses, (NewStatus("ERROR"),)),
            SetText(TextColumn.RESULT, rows.analysis_id, rows.result, "Lost. Repair r2."),
        ),
        evidence=EVIDENCE,
    )


def undo(repair: Repair, applied: Applied) -> Repair:
    """Return the repair that takes an applied one back, as the exporter plans it."""
    entry = Entry(
        repair=repair,
        origin=Origin(actor="test", trigger="cli"),
        version="1",
        instance="test",
        begun_at=0.0,
        outcome=Outcome.APPLIED,
        ended_at=0.0,
        after=applied.after,
    )
    return plan_undo(entry, repair_id="u1", now=0.0)


def writer(
    database_url: str,
    *,
    timeout: float = 10.0,
    attempts: int = 3,
    sleep: Callable[[float], None] = lambda _: None,
) -> Writer:
    """Return a writer as the exporter makes it, without pauses."""
    return Writer(writing_engine(database_url, timeout=timeout), attempts=attempts, sleep=sleep)


def without_ids(rows: Rows) -> object:
    """Return the rows' statuses and texts without the ids of their status rows."""
    if isinstance(rows, AnalysisRows):
        return _values(rows.statuses), rows.result
    sources = [(_values(source.statuses), source.error_message) for source in rows.data_sources]
    return _values(rows.statuses), sources, _values(rows.index.statuses if rows.index else ())


def _values(statuses: tuple[object, ...]) -> list[tuple[object, ...]]:
    return [
        tuple(getattr(row, name) for name in ("status", "user_id", "created_at", "updated_at"))
        for row in statuses
    ]


def _fail(table: StatusTable, parent_id: int, before: tuple[object, ...]) -> SetStatus:
    return SetStatus(table, parent_id, before, (NewStatus("fail"),))  # type: ignore[arg-type]
