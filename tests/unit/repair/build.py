"""Small orphans with the rows that they were judged by, and guards' surroundings, to be varied."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from exporter.repair.changes import Evidence, Repair
from exporter.repair.plan import PlanRules, plan
from exporter.repair.rows import (
    AnalysisRows,
    DataSourceRows,
    IndexRows,
    StatusRow,
    Target,
    TimelineRows,
    newest,
)
from exporter.snapshot import (
    DataSource,
    JudgedAnalysis,
    JudgedTimeline,
    ProcessingTimeline,
    UnfinishedAnalysis,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from exporter.repair.changes import Change
    from exporter.repair.plan import Plan
    from exporter.repair.rows import Rows

AT = 1_763_888_400.0
"""The moment of every judgement here: 2025-11-23 09:00:00 UTC."""

REASONS = ("not in queue celery (312 messages read)", "3 of 3 connected workers answered")
_THEN = datetime(2025, 11, 23, 8, 0, 0)  # noqa: DTZ001  Timesketch's have no time zone


def row(status_id: int, status: str, *, user_id: int | None = None) -> StatusRow:
    """A status row; its times differ by its id."""
    made = _THEN + timedelta(seconds=status_id)
    return StatusRow(status_id, status, user_id, made, made + timedelta(seconds=1))


def source(
    source_id: int,
    *statuses: str,
    message: str | None = "",
    user_id: int | None = None,
) -> DataSourceRows:
    """A data source; its status rows have ids from a hundred times its own on."""
    return DataSourceRows(
        source_id,
        tuple(row(source_id * 100 + n, each, user_id=user_id) for n, each in enumerate(statuses)),
        message,
        f"file-{source_id}.csv",
    )


def index(*statuses: str, shared_with: int = 0) -> IndexRows:
    """Search index 7."""
    rows = tuple(row(700 + n, status) for n, status in enumerate(statuses))
    return IndexRows(7, "abc", rows, shared_with)


def timeline(*sources: DataSourceRows, index: IndexRows | None = None) -> TimelineRows:
    """Timeline 5 of sketch 1, processing in status row 50."""
    return TimelineRows(5, 1, "disk", (row(50, "processing"),), tuple(sources), index)


def analysis(*statuses: str, result: str | None = None) -> AnalysisRows:
    """Analysis 9 of timeline 5, sketch 1."""
    rows = tuple(row(900 + n, status) for n, status in enumerate(statuses))
    return AnalysisRows(9, 1, 5, "domain", rows, result)


def judged_timeline(
    rows: TimelineRows,
    *,
    streamed: Iterable[int] = (),
    ages: dict[int, tuple[float, float]] | None = None,
    verdict: Verdict = Verdict.ORPHANED,
    worker: str | None = "celery@w1",
) -> JudgedTimeline:
    """The verdict on these rows as they are; `ages` are of data sources: created, and status."""
    status = newest(rows.statuses)
    return JudgedTimeline(
        timeline=ProcessingTimeline(
            timeline_id=rows.timeline_id,
            sketch_id=rows.sketch_id or 0,
            name=rows.name,
            index_name=None if rows.index is None else rows.index.name,
            status_id=0 if status is None else status.status_id,
            status_age=600.0,
            data_sources=tuple(
                judged_source(each, streamed=each.data_source_id in streamed, ages=ages)
                for each in rows.data_sources
            ),
        ),
        verdict=verdict,
        since=AT - 600.0,
        task_ids=("task-5",),
        worker=worker,
        reasons=REASONS,
    )


def judged_source(
    rows: DataSourceRows,
    *,
    streamed: bool,
    ages: dict[int, tuple[float, float]] | None,
) -> DataSource:
    """A data source as a scan sees these rows."""
    status = newest(rows.statuses)
    created_age, status_age = (ages or {}).get(rows.data_source_id, (600.0, 300.0))
    return DataSource(
        data_source_id=rows.data_source_id,
        status=None if status is None else status.status,
        status_id=None if status is None else status.status_id,
        created_age=created_age,
        status_age=status_age,
        streamed=streamed,
    )


def judged_analysis(rows: AnalysisRows, *, verdict: Verdict = Verdict.ORPHANED) -> JudgedAnalysis:
    """The verdict on an analysis with these rows as they are."""
    status = newest(rows.statuses)
    assert status is not None
    return JudgedAnalysis(
        analysis=UnfinishedAnalysis(
            analysis_id=rows.analysis_id,
            sketch_id=rows.sketch_id or 0,
            timeline_id=rows.timeline_id,
            session_id=1,
            index_name="abc",
            analyzer=rows.analyzer,
            status=status.status,
            status_id=status.status_id,
            status_age=600.0,
            created_age=700.0,
        ),
        verdict=verdict,
        since=AT - 600.0,
        task_ids=(),
        worker=None,
        reasons=REASONS,
    )


def ids() -> Callable[[], str]:
    """New ids: r1, r2 and so on."""
    numbers = count(1)
    return lambda: f"r{next(numbers)}"


def planned(
    *pairs: tuple[JudgedTimeline | JudgedAnalysis, Rows | None], rules: PlanRules | None = None
) -> Plan:
    """The plan for these verdicts, each with the rows that are read for it."""
    rows: dict[tuple[Target, int], Rows] = {}
    for judged, found in pairs:
        if found is not None:
            rows[key_of(judged)] = found
    return plan(
        [judged for judged, _ in pairs],
        rows,
        judged_at=AT,
        rules=rules or PlanRules(),
        new_id=ids(),
    )


def key_of(judged: JudgedTimeline | JudgedAnalysis) -> tuple[Target, int]:
    """What a verdict is about."""
    if isinstance(judged, JudgedTimeline):
        return Target.TIMELINE, judged.timeline.timeline_id
    return Target.ANALYSIS, judged.analysis.analysis_id


def repair(
    target_id: int = 5,
    *,
    target: Target = Target.TIMELINE,
    sketch_id: int | None = 1,
    undoes: str | None = None,
    changes: tuple[Change, ...] = (),
) -> Repair:
    """A repair of a timeline, as guards look at it."""
    rows: Rows = replace(timeline(), timeline_id=target_id)
    return Repair(
        repair_id="r1",
        target=target,
        target_id=target_id,
        sketch_id=sketch_id,
        timeline_id=target_id,
        name="disk",
        status_id=50,
        rows=rows,
        changes=changes,
        evidence=Evidence("orphaned", AT - 600.0, AT, REASONS),
        undoes=undoes,
    )
