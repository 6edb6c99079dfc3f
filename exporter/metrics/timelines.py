"""The series of processing timelines."""

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
    from exporter.snapshot import JudgedTimeline, Judgement


def render(judgement: Judgement, limits: Limits, dropped: Family) -> Iterator[Family]:
    """Families of timelines; none at all where the database could not be read."""
    if judgement.statuses is None:
        return
    statuses = catalogue.TIMELINES.family()
    counted = Counter(dict.fromkeys(catalogue.TIMELINE_STATUSES, 0))
    for status, count in judgement.statuses.items():
        counted[status if status in catalogue.TIMELINE_STATUSES else "other"] += count
    for status, count in counted.items():
        statuses.add(count, status=status)
    yield statuses

    verdicts = Counter(judged.verdict for judged in judgement.timelines)
    processing = catalogue.PROCESSING_TIMELINES.family()
    for verdict in catalogue.VERDICTS:
        processing.add(verdicts[verdict], verdict=verdict)
    yield processing

    headline = catalogue.ORPHANED_TIMELINES.family()
    headline.add(verdicts[Verdict.ORPHANED])
    yield headline

    orphans = [judged for judged in judgement.timelines if judged.verdict is Verdict.ORPHANED]
    since = catalogue.ORPHANED_TIMELINE_SINCE.family()
    for judged in nsmallest(limits.orphans, orphans, key=_age):
        since.add(
            judged.since,
            sketch_id=judged.timeline.sketch_id,
            timeline_id=judged.timeline.timeline_id,
        )
    dropped.add(
        max(0, len(orphans) - limits.orphans), metric=catalogue.ORPHANED_TIMELINE_SINCE.name
    )
    yield since

    oldest = catalogue.PROCESSING_TIMELINE_SINCE.family()
    for judged in nsmallest(limits.processing, judgement.timelines, key=_age):
        oldest.add(
            judged.since,
            sketch_id=judged.timeline.sketch_id,
            timeline_id=judged.timeline.timeline_id,
            verdict=judged.verdict,
        )
    dropped.add(
        max(0, len(judgement.timelines) - limits.processing),
        metric=catalogue.PROCESSING_TIMELINE_SINCE.name,
    )
    yield oldest
    yield from _progress(judgement, limits, dropped)


def _progress(judgement: Judgement, limits: Limits, dropped: Family) -> Iterator[Family]:
    """How far imports have come, where OpenSearch tells."""
    indexed = catalogue.INDEXED_EVENTS.family()
    expected = catalogue.EXPECTED_EVENTS.family()
    counted = [judged for judged in judgement.timelines if judged.progress is not None]
    for judged in nsmallest(limits.processing, counted, key=_age):
        progress, timeline = judged.progress, judged.timeline
        if progress is None:
            continue
        labels = {"sketch_id": timeline.sketch_id, "timeline_id": timeline.timeline_id}
        indexed.add(progress.events, **labels)
        if progress.expected is not None:
            expected.add(progress.expected, **labels)
    dropped.add(max(0, len(counted) - limits.processing), metric=catalogue.INDEXED_EVENTS.name)
    yield indexed
    yield expected


def _age(judged: JudgedTimeline) -> tuple[float, int]:
    return (judged.since, judged.timeline.timeline_id)
