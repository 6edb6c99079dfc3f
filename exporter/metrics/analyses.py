"""The series of unfinished analyses."""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING

from exporter.metrics import catalogue
from exporter.snapshot import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.metrics.declaration import Family
    from exporter.metrics.published import Limits
    from exporter.snapshot import JudgedAnalysis, Judgement


def render(judgement: Judgement, limits: Limits, dropped: Family) -> Iterator[Family]:
    """Families of analyses; none at all where the database could not be read."""
    if judgement.statuses is None:
        return
    verdicts = Counter(judged.verdict for judged in judgement.analyses)
    unfinished = catalogue.UNFINISHED_ANALYSES.family()
    for verdict in catalogue.VERDICTS:
        unfinished.add(verdicts[verdict], verdict=verdict)
    yield unfinished

    headline = catalogue.ORPHANED_ANALYSES.family()
    headline.add(verdicts[Verdict.ORPHANED])
    yield headline

    orphans = [judged for judged in judgement.analyses if judged.verdict is Verdict.ORPHANED]
    since = catalogue.ORPHANED_ANALYSIS_SINCE.family()
    for judged in nsmallest(limits.orphans, orphans, key=_age):
        timeline_id = judged.analysis.timeline_id
        since.add(
            judged.since,
            sketch_id=judged.analysis.sketch_id,
            timeline_id="" if timeline_id is None else timeline_id,
            analysis_id=judged.analysis.analysis_id,
            analyzer=judged.analysis.analyzer,
        )
    dropped.add(
        max(0, len(orphans) - limits.orphans), metric=catalogue.ORPHANED_ANALYSIS_SINCE.name
    )
    yield since


def _age(judged: JudgedAnalysis) -> tuple[float, int]:
    return (judged.since, judged.analysis.analysis_id)
