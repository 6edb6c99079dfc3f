"""What the landing page says, decided here and only laid out by its template.

Names of timelines and sketches are left out: whoever can scrape can read this page, and a case's
name is no business of theirs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from exporter.snapshot import Source, Verdict, WorkerState

if TYPE_CHECKING:
    from exporter.metrics.published import Published
    from exporter.snapshot import JudgedTimeline, JudgedWorker, Judgement

Tone = Literal["good", "bad", "warn", "calm"]

MOST_ROWS = 100
"""Rows of a table; the metrics count all of them."""

MEANINGS = {
    Verdict.QUEUED: "its message waits in a queue",
    Verdict.RESERVED: "a worker has prefetched it",
    Verdict.RUNNING: "a worker runs it",
    Verdict.STALLED: "running for very long",
    Verdict.PARKED: "Redis will hand it out again",
    Verdict.DRAINING: "its worker finishes it, then ends",
    Verdict.WAITING: "behind a task that lives",
    Verdict.SUSPECT: "nowhere, not proven yet",
    Verdict.ORPHANED: "nothing processes it",
    Verdict.UNKNOWN: "the evidence is incomplete",
}
_TONES: dict[Verdict, Tone] = {
    Verdict.ORPHANED: "bad",
    Verdict.STALLED: "warn",
    Verdict.SUSPECT: "warn",
    Verdict.UNKNOWN: "warn",
}
_STATE_TONES: dict[WorkerState, Tone] = {
    WorkerState.UP: "good",
    WorkerState.DEAD: "bad",
    WorkerState.WEDGED: "warn",
    WorkerState.UNKNOWN: "warn",
}


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
class WorkerRow:
    """A worker and the colour of its state."""

    worker: JudgedWorker
    tone: Tone


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source of evidence; `up` is None before the first scan."""

    source: Source
    up: bool | None
    seconds: float | None
    error: str | None
    failures: int


@dataclass(frozen=True, slots=True)
class Landing:
    """Everything on the page. `scanned_at` is None before the first scan."""

    headline: Headline
    scanned_at: float | None
    last_complete_at: float | None
    stale: bool
    verdicts: tuple[VerdictRow, ...]
    orphans: tuple[JudgedTimeline, ...]
    more_orphans: int
    workers: tuple[WorkerRow, ...]
    more_workers: int
    sources: tuple[SourceRow, ...]


def landing_of(published: Published, *, now: float, stale_after: float) -> Landing:
    """The page for what is published at the moment `now`."""
    judgement = published.judgement
    stale = judgement is not None and now - judgement.at > stale_after
    orphans = _orphans(judgement)
    workers = _workers(judgement)
    return Landing(
        headline=_headline(judgement, orphans=len(orphans), stale=stale),
        scanned_at=judgement.at if judgement else None,
        last_complete_at=judgement.last_complete_at if judgement else None,
        stale=stale,
        verdicts=_verdicts(judgement),
        orphans=orphans[:MOST_ROWS],
        more_orphans=max(0, len(orphans) - MOST_ROWS),
        workers=workers[:MOST_ROWS],
        more_workers=max(0, len(workers) - MOST_ROWS),
        sources=_sources(published),
    )


def _headline(judgement: Judgement | None, *, orphans: int, stale: bool) -> Headline:
    if judgement is None:
        return Headline("calm", "The first scan has not ended yet")
    if stale:
        return Headline("warn", "The last scan is old: what follows may be wrong by now")
    because = () if judgement.complete else judgement.incomplete_because
    if judgement.statuses is None:
        return Headline("warn", "Timesketch's database cannot be read", because)
    analyses = sum(judged.verdict is Verdict.ORPHANED for judged in judgement.analyses)
    if orphans or analyses:
        lost = [_count(orphans, "timeline", "timelines"), _count(analyses, "analysis", "analyses")]
        verb = "is" if orphans + analyses == 1 else "are"
        return Headline("bad", f"{' and '.join(filter(None, lost))} {verb} orphaned", because)
    if not judgement.complete:
        return Headline("warn", "The evidence is incomplete", because)
    return Headline("good", "Nothing is orphaned")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""


def _verdicts(judgement: Judgement | None) -> tuple[VerdictRow, ...]:
    if judgement is None or judgement.statuses is None:
        return ()
    timelines = Counter(judged.verdict for judged in judgement.timelines)
    analyses = Counter(judged.verdict for judged in judgement.analyses)
    return tuple(
        VerdictRow(
            verdict, meaning, _TONES.get(verdict, "calm"), timelines[verdict], analyses[verdict]
        )
        for verdict, meaning in MEANINGS.items()
    )


def _orphans(judgement: Judgement | None) -> tuple[JudgedTimeline, ...]:
    timelines = judgement.timelines if judgement else ()
    orphans = (judged for judged in timelines if judged.verdict is Verdict.ORPHANED)
    return tuple(sorted(orphans, key=lambda judged: judged.since))


def _workers(judgement: Judgement | None) -> tuple[WorkerRow, ...]:
    workers = judgement.workers if judgement else ()
    return tuple(
        WorkerRow(worker, _STATE_TONES.get(worker.state, "calm"))
        for worker in sorted(workers, key=lambda worker: worker.worker)
    )


def _sources(published: Published) -> tuple[SourceRow, ...]:
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
