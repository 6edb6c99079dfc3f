"""The overview: the one sentence for somebody in a hurry, and everything in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.judge.meanings import MEANINGS
from exporter.snapshot import Source, Verdict
from exporter.web.views.query import Query
from exporter.web.views.tones import URGENCY, Tone, tone_of
from exporter.web.views.work import WorkRow, row_of
from exporter.web.views.workers import WorkerRow, worker_rows

if TYPE_CHECKING:
    from exporter.metrics.published import Published
    from exporter.snapshot import QueueDepth
    from exporter.web.views.scene import Scene

MOST_ORPHANS = 20
MOST_WORKERS = 20
"""Rows of a table on the overview; pages of their own have all of them."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The one sentence that somebody in a hurry reads."""

    tone: Tone
    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """How many timelines and analyses have a verdict."""

    verdict: Verdict
    meaning: str
    tone: Tone
    timelines: int
    analyses: int


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source of evidence; `up` is None before the first scan."""

    source: Source
    up: bool | None
    seconds: float | None
    error: str | None
    failures: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page. `scanned_at` is None before the first scan.

    Verdicts and orphans are those of the last scan that read Timesketch's database.
    """

    headline: Headline
    scanned_at: float | None
    last_complete_at: float | None
    known_at: float | None
    stale: bool
    work_is_old: bool
    verdicts: tuple[VerdictRow, ...]
    orphans: tuple[WorkRow, ...]
    more_orphans: int
    workers: tuple[WorkerRow, ...]
    more_workers: int
    queues: tuple[QueueDepth, ...]
    sources: tuple[SourceRow, ...]


def overview_of(scene: Scene, *, names: bool) -> Overview:
    """The page; `names` says whether names of timelines may be shown."""
    judgement, known = scene.judgement, scene.known
    orphans = scene.timelines.found(Query(Verdict.ORPHANED))
    workers = worker_rows(judgement)
    return Overview(
        headline=_headline(scene),
        scanned_at=judgement.at if judgement else None,
        last_complete_at=judgement.last_complete_at if judgement else None,
        known_at=known.at if known else None,
        stale=scene.scan_is_old,
        work_is_old=scene.work_is_old,
        verdicts=_verdicts(scene),
        orphans=tuple(row_of(each, names=names) for each in orphans[:MOST_ORPHANS]),
        more_orphans=max(0, len(orphans) - MOST_ORPHANS),
        workers=workers[:MOST_WORKERS],
        more_workers=max(0, len(workers) - MOST_WORKERS),
        queues=judgement.queues if judgement else (),
        sources=source_rows(scene.published),
    )


def source_rows(published: Published) -> tuple[SourceRow, ...]:
    """The sources that scans are made from, as of the last one."""
    judgement = published.judgement
    health = {health.source: health for health in judgement.sources} if judgement else {}
    rows = []
    for source in published.sources:
        seen = health.get(source)
        rows.append(
            SourceRow(
                source,
                seen.up if seen else None,
                seen.seconds if seen else None,
                seen.error if seen else None,
                published.failures.get(source, 0),
            )
        )
    return tuple(rows)


def _headline(scene: Scene) -> Headline:
    judgement = scene.judgement
    if judgement is None:
        return Headline("calm", "The first scan has not ended yet")
    if scene.scan_is_old:
        return Headline("warn", "The last scan is old: what follows may be wrong by now")
    because = () if judgement.complete else judgement.incomplete_because
    if judgement.statuses is None:
        return Headline("warn", "Timesketch's database cannot be read", because)
    timelines = scene.timelines.counts[Verdict.ORPHANED]
    analyses = scene.analyses.counts[Verdict.ORPHANED]
    if timelines or analyses:
        lost = [
            _count(timelines, "timeline", "timelines"),
            _count(analyses, "analysis", "analyses"),
        ]
        verb = "is" if timelines + analyses == 1 else "are"
        return Headline("bad", f"{' and '.join(filter(None, lost))} {verb} orphaned", because)
    if not judgement.complete:
        return Headline("warn", "The evidence is incomplete", because)
    return Headline("good", "Nothing is orphaned")


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}" if number else ""


def _verdicts(scene: Scene) -> tuple[VerdictRow, ...]:
    if scene.known is None:
        return ()
    timelines, analyses = scene.timelines.counts, scene.analyses.counts
    return tuple(
        VerdictRow(
            verdict, MEANINGS[verdict], tone_of(verdict), timelines[verdict], analyses[verdict]
        )
        for verdict in URGENCY
    )
