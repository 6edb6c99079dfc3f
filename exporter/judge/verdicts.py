"""From one snapshot and the memory to a judgement and the next memory: the pure heart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from exporter.judge.analyses import analysis_key, rule_on_analysis
from exporter.judge.audience import audience
from exporter.judge.blindness import blind_spots
from exporter.judge.clock import clock_time, duration
from exporter.judge.finding import Ruling
from exporter.judge.growth import progress_of, remember_growth, withheld
from exporter.judge.interruption import remember_broker
from exporter.judge.memory import Memory, Suspicion
from exporter.judge.scene import Scene, gather
from exporter.judge.timelines import rule_on_timeline, timeline_key
from exporter.judge.traces import all_sightings, remember_tasks
from exporter.judge.workers import judge_workers, published
from exporter.snapshot import (
    JudgedAnalysis,
    JudgedTimeline,
    Judgement,
    ProcessingTimeline,
    UnfinishedAnalysis,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from exporter.judge.memory import SuspicionKey, Trace
    from exporter.judge.rules import Rules
    from exporter.snapshot import DatabaseReading, Snapshot, Wanted

Row = TypeVar("Row", ProcessingTimeline, UnfinishedAnalysis)
Judged = TypeVar("Judged", JudgedTimeline, JudgedAnalysis)

NEW = Ruling(Verdict.SUSPECT, ("its row was written while this scan was under way",))


def judge(snapshot: Snapshot, memory: Memory, rules: Rules) -> tuple[Judgement, Memory]:
    """Judge everything that one scan saw; returns the judgement and what to remember.

    Deterministic: the same arguments give the same answer. Holds the five promises of the design,
    of which the first is: what exists anywhere during the confirming scan is never orphaned.
    """
    heard_by, connections = audience(snapshot, memory, rules)
    broker = remember_broker(snapshot, memory, rules, heard_by)
    workers = judge_workers(
        snapshot, memory, rules, heard_by, reconnecting=broker.interrupted_tick is not None
    )
    sightings = all_sightings(snapshot)
    traces = remember_tasks(snapshot, memory, sightings)
    growth = remember_growth(snapshot, memory)
    blind = blind_spots(
        snapshot, heard_by, workers=workers, broker=broker, traces=traces, rules=rules
    )
    scene = gather(
        snapshot=snapshot,
        rules=rules,
        workers=workers,
        answered=heard_by.answered,
        blind=blind,
        sightings=sightings,
        traces=traces,
        growth=growth,
    )
    suspicions: dict[SuspicionKey, Suspicion] = {}
    timelines = tuple(
        _with_messages(judged, scene)
        for judged in _judge_each(_TIMELINES, scene, memory, suspicions)
    )
    analyses = tuple(_judge_each(_ANALYSES, scene, memory, suspicions))
    because = [spot.reason for spot in blind]
    unseen = withheld(scene, [judged.verdict for judged in timelines])
    because += [] if unseen is None else [unseen]
    last_complete_at = memory.last_complete_at if because else snapshot.at
    judgement = Judgement(
        at=snapshot.at,
        tick=snapshot.tick,
        seconds=snapshot.seconds,
        complete=not because,
        incomplete_because=tuple(dict.fromkeys(because)),
        timelines=timelines,
        analyses=analyses,
        workers=published(workers.values(), snapshot, rules),
        queues=() if snapshot.broker is None else snapshot.broker.depths,
        statuses=_statuses(snapshot),
        sources=snapshot.sources,
        last_complete_at=last_complete_at,
        strangers=heard_by.strangers,
    )
    unread = snapshot.before is None or snapshot.after is None
    return judgement, Memory(
        tick=snapshot.tick,
        at=snapshot.at,
        traces=traces,
        workers=workers,
        connections=connections,
        suspicions=_confirmed(memory.suspicions) if unread else suspicions,
        broker=broker,
        growth=growth,
        last_complete_at=last_complete_at,
    )


@dataclass(frozen=True, slots=True)
class _Kind(Generic[Row, Judged]):
    """What there is to judge, timelines or analyses, and how one of them is judged."""

    looked_for: Callable[[Wanted], frozenset[int]]
    rows: Callable[[DatabaseReading], Sequence[Row]]
    number: Callable[[Row], int]
    rule: Callable[[Row, Scene], Ruling]
    key: Callable[[Row], SuspicionKey]
    traces: Callable[[Scene], Mapping[int, Sequence[Trace]]]
    judged: Callable[[Row, Ruling, float, tuple[str, ...], Scene], Judged]


_TIMELINES = _Kind(
    looked_for=lambda wanted: wanted.timeline_ids,
    rows=lambda reading: reading.timelines,
    number=lambda timeline: timeline.timeline_id,
    rule=rule_on_timeline,
    key=timeline_key,
    traces=lambda scene: scene.traces_by_timeline,
    judged=lambda timeline, ruling, since, task_ids, scene: JudgedTimeline(
        timeline,
        ruling.verdict,
        since,
        task_ids,
        ruling.worker,
        ruling.reasons,
        progress_of(scene.growth.get(timeline.timeline_id)),
        ruling.overdue,
    ),
)
_ANALYSES = _Kind(
    looked_for=lambda wanted: wanted.analysis_ids,
    rows=lambda reading: reading.analyses,
    number=lambda analysis: analysis.analysis_id,
    rule=rule_on_analysis,
    key=analysis_key,
    traces=lambda scene: scene.traces_by_analysis,
    judged=lambda analysis, ruling, since, task_ids, _: JudgedAnalysis(
        analysis, ruling.verdict, since, task_ids, ruling.worker, ruling.reasons
    ),
)


def _judge_each(
    kind: _Kind[Row, Judged],
    scene: Scene,
    memory: Memory,
    suspicions: dict[SuspicionKey, Suspicion],
) -> Iterator[Judged]:
    """Judge what the second look into the database still found; notes suspicions on the way."""
    snapshot = scene.snapshot
    if snapshot.before is None or snapshot.after is None:
        return
    looked_for = kind.looked_for(snapshot.before)
    traces = kind.traces(scene)
    for row in kind.rows(snapshot.after):
        number = kind.number(row)
        ruling = kind.rule(row, scene) if number in looked_for else NEW
        ruling = _confirm(ruling, kind.key(row), scene, memory, suspicions)
        task_ids = tuple(sorted(trace.task_id for trace in traces.get(number, ())))
        since = _since(row, snapshot)
        yield kind.judged(row, ruling, since, task_ids, scene)


def _with_messages(judged: JudgedTimeline, scene: Scene) -> JudgedTimeline:
    """An orphan, with what its tasks were sent with: nobody else needs to know."""
    if judged.verdict != Verdict.ORPHANED:
        return judged
    traces = scene.traces_by_timeline.get(judged.timeline.timeline_id, ())
    seen = tuple(trace.message for trace in traces if trace.message is not None)
    return replace(judged, messages=seen)


def _since(row: ProcessingTimeline | UnfinishedAnalysis, snapshot: Snapshot) -> float:
    """When the status row was written, on the exporter's clock (Unix seconds)."""
    return snapshot.at + snapshot.seconds - row.status_age


def _confirm(
    ruling: Ruling,
    key: SuspicionKey,
    scene: Scene,
    memory: Memory,
    suspicions: dict[SuspicionKey, Suspicion],
) -> Ruling:
    """Turn a suspicion into an orphan once two complete scans, far enough apart, agree.

    An incomplete scan begins the wait anew. What was proven stays proven while evidence is
    incomplete: no task comes back from nowhere; only seeing it, or a change of its rows, lifts it.
    """
    snapshot, before = scene.snapshot, memory.suspicions.get(key)
    if ruling.verdict == Verdict.ORPHANED:
        suspicions[key] = _proven(before, ruling, snapshot)
        return ruling
    if not (ruling.seen or ruling.absent) and before and before.confirmed_at is not None:
        suspicions[key] = before
        since = clock_time(before.confirmed_at)
        still = f"proven at {since}; since then evidence is incomplete, and it was not seen again"
        return replace(ruling, verdict=Verdict.ORPHANED, reasons=(*before.why, still))
    if not ruling.absent:
        return ruling
    suspicion = before or Suspicion(tick=snapshot.tick, at=snapshot.at)
    waited = snapshot.tick - suspicion.tick
    if suspicion.confirmed_at is None and (ruling.doubt or waited < scene.rules.confirm_after):
        suspicions[key] = suspicion
        pending = ruling.doubt or (
            f"absent since {clock_time(suspicion.at)}; proven when a complete scan "
            f"{duration(scene.rules.confirm_after)} later agrees"
        )
        return replace(ruling, reasons=(*ruling.reasons, pending))
    agreed = f"the same in a complete scan at {clock_time(suspicion.at)}"
    orphaned = replace(ruling, verdict=Verdict.ORPHANED, reasons=(*ruling.reasons, agreed))
    suspicions[key] = _proven(suspicion, orphaned, snapshot)
    return orphaned


def _proven(before: Suspicion | None, ruling: Ruling, snapshot: Snapshot) -> Suspicion:
    suspicion = before or Suspicion(tick=snapshot.tick, at=snapshot.at)
    confirmed_at = suspicion.confirmed_at or snapshot.at
    return replace(suspicion, confirmed_at=confirmed_at, why=ruling.reasons)


def _confirmed(suspicions: Mapping[SuspicionKey, Suspicion]) -> Mapping[SuspicionKey, Suspicion]:
    """What is proven outlasts a database that is away; mere suspicions begin anew."""
    return {key: each for key, each in suspicions.items() if each.confirmed_at is not None}


def _statuses(snapshot: Snapshot) -> Mapping[str, int] | None:
    if snapshot.before is None or snapshot.after is None:
        return None
    return snapshot.after.statuses
