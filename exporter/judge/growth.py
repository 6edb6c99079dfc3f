"""Growth in OpenSearch as evidence of life: what imports without being seen still shows there.

A `psort` that outlives its worker is in no queue and with no worker, yet goes on to index
(facts.md, All the ways to an orphan). New events become searchable in steps: once a refresh of the
index (1 s by default, or `index.refresh_interval`), and as often as the importer sends a bulk. So
the absence of growth counts only after `quiet_after`, and growth counts for as long.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.judge.clock import clock_time, duration
from exporter.judge.memory import Growth
from exporter.snapshot import Progress, Source, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.judge.finding import Ruling
    from exporter.judge.memory import Memory, Trace
    from exporter.judge.scene import Scene
    from exporter.snapshot import Indexed, Snapshot

RATE_WINDOW = 300.0
"""The readings of so many seconds make a rate."""

_CANDIDATES = frozenset({Verdict.SUSPECT, Verdict.ORPHANED, Verdict.UNKNOWN})


def remember_growth(snapshot: Snapshot, memory: Memory) -> dict[int, Growth]:
    """What is known of each timeline's events after this scan; finished timelines are forgotten."""
    wanted = None if snapshot.before is None else snapshot.before.timeline_ids
    growth = {
        number: each for number, each in memory.growth.items() if wanted is None or number in wanted
    }
    for number, reading in (snapshot.indexed or {}).items():
        growth[number] = _grown(growth.get(number), reading, snapshot)
    return growth


def _grown(before: Growth | None, reading: Indexed, snapshot: Snapshot) -> Growth:
    if before is None:
        return Growth(
            events=reading.events,
            expected=reading.expected,
            first_tick=reading.tick,
            tick=reading.tick,
            scan_tick=snapshot.tick,
            samples=((reading.tick, reading.events),),
        )
    if reading.tick <= before.tick:
        return before
    # Events that somebody deletes make the count fall, and the rate begin anew.
    kept = before.samples if reading.events >= before.events else ()
    recent = [sample for sample in kept if reading.tick - sample[0] <= RATE_WINDOW]
    now = replace(
        before,
        events=reading.events,
        expected=reading.expected,
        tick=reading.tick,
        scan_tick=snapshot.tick,
        samples=(*recent, (reading.tick, reading.events)),
    )
    if reading.events <= before.events:
        return now
    grew_at = snapshot.at + reading.tick - snapshot.tick
    return replace(now, grew_from=before.scan_tick, grew_tick=reading.tick, grew_at=grew_at)


def progress_of(growth: Growth | None) -> Progress | None:
    """The same as a judgement shows it."""
    if growth is None:
        return None
    (began, events), (ended, more) = growth.samples[0], growth.samples[-1]
    rate = (more - events) / (ended - began) if ended > began else None
    return Progress(growth.events, growth.expected, rate, growth.grew_at)


def with_growth(ruling: Ruling, timeline_id: int, traces: Sequence[Trace], scene: Scene) -> Ruling:
    """The ruling on a timeline whose task is nowhere, with what OpenSearch says of its import."""
    rules, snapshot = scene.rules, scene.snapshot
    if not rules.quiet_after or ruling.verdict not in _CANDIDATES:
        return ruling
    growth = scene.growth.get(timeline_id)
    gone_tick = max((trace.seen_tick for trace in traces), default=None)
    if growth is not None and _lives(growth, gone_tick, scene):
        return replace(
            ruling,
            verdict=Verdict.RUNNING,
            reasons=(
                f"its events in OpenSearch still grow ({last_growth(growth, snapshot)})",
                *ruling.reasons,
            ),
            seen=True,
            absent=False,
        )
    if ruling.verdict is Verdict.UNKNOWN or not (ruling.absent or _is_proof(ruling)):
        return ruling
    away = away_because(snapshot)
    if away is not None:
        return replace(
            ruling,
            verdict=Verdict.UNKNOWN,
            reasons=(*ruling.reasons, f"{away}, where an import that outlived its worker shows"),
            absent=False,
        )
    doubt = _doubt(growth, gone_tick, scene)
    if growth is not None and doubt is None:
        at = clock_time(snapshot.at + _still_since(growth, gone_tick) - snapshot.tick)
        quiet = f"no new event of it in OpenSearch since {at} ({growth.events} there)"
        return replace(ruling, reasons=(*ruling.reasons, quiet))
    if doubt is None or ruling.absent:
        return replace(ruling, doubt=doubt or ruling.doubt)
    return replace(ruling, verdict=Verdict.SUSPECT, reasons=(*ruling.reasons, doubt))


def away_because(snapshot: Snapshot) -> str | None:
    """Why OpenSearch, if it is to be asked, could not be read; None where all is well."""
    for health in snapshot.sources:
        if health.source is Source.OPENSEARCH and not health.up:
            return f"OpenSearch could not be read: {health.error or 'no answer'}"
    return None


def withheld(scene: Scene, verdicts: Sequence[Verdict]) -> str | None:
    """Why this scan could not see everything, if a verdict may be unknown for OpenSearch's sake."""
    if scene.rules.quiet_after and Verdict.UNKNOWN in verdicts:
        return away_because(scene.snapshot)
    return None


def _lives(growth: Growth, gone_tick: float | None, scene: Scene) -> bool:
    """Whether events came in since its task was last seen, and not long ago."""
    if growth.grew_tick is None or growth.grew_from is None:
        return False
    if gone_tick is not None and growth.grew_from <= gone_tick:
        return False  # they may have come while it still ran
    return scene.snapshot.tick - growth.grew_tick < scene.rules.quiet_after


def _is_proof(ruling: Ruling) -> bool:
    return ruling.verdict is Verdict.ORPHANED


def _still_since(growth: Growth, gone_tick: float | None) -> float:
    """Since when (tick) nothing has come in; not before its task was gone, which may begin late."""
    ticks = (growth.first_tick, growth.grew_tick, gone_tick)
    return max(tick for tick in ticks if tick is not None)


def _doubt(growth: Growth | None, gone_tick: float | None, scene: Scene) -> str | None:
    """Why it may still be importing, as far as OpenSearch has been watched."""
    needed = duration(scene.rules.quiet_after)
    if growth is None:
        return f"its events in OpenSearch are not counted yet; they must not grow for {needed}"
    quiet = growth.tick - _still_since(growth, gone_tick)
    if quiet >= scene.rules.quiet_after:
        return None
    return (
        f"no new event of it in OpenSearch for {duration(quiet)}; "
        f"an import that outlived its worker is ruled out after {needed}"
    )


def last_growth(growth: Growth, snapshot: Snapshot) -> str:
    """How many events there are and when new ones were last seen, in words."""
    ago = duration(snapshot.tick - (growth.grew_tick or growth.first_tick))
    return f"{growth.events} now, new ones seen {ago} ago"


def stands_still(growth: Growth | None, age: float, scene: Scene) -> bool | None:
    """Whether an import that has been active for `age` seconds has had no new event for too long.

    None where OpenSearch has not been watched for long enough to tell.
    """
    limit, now = scene.rules.stalled_after, scene.snapshot.tick
    if growth is None or away_because(scene.snapshot) is not None:
        return None
    if growth.grew_tick is not None and now - growth.grew_tick <= limit:
        return False
    began = now - age
    return True if growth.tick - max(growth.first_tick, began) >= limit else None
