"""The verdict on each processing timeline (design, Verdicts)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.judge.blindness import Task
from exporter.judge.finding import Ruling, absent, visible
from exporter.judge.growth import with_growth
from exporter.judge.proof import covers, open_sources, why_dead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.judge.memory import SuspicionKey, Trace
    from exporter.judge.scene import Scene
    from exporter.snapshot import ProcessingTimeline


def rule_on_timeline(timeline: ProcessingTimeline, scene: Scene) -> Ruling:
    """Where this timeline's task is, as far as this one scan and the traces tell."""
    seen = scene.seen_by_timeline.get(timeline.timeline_id, ())
    if seen:
        return visible(seen, scene, scene.growth.get(timeline.timeline_id))
    traces = scene.traces_by_timeline.get(timeline.timeline_id, ())
    complete = covers(traces, timeline, scene.snapshot)
    certain = complete and not _may_get_a_source(timeline, traces, scene)
    ruling = absent(
        task=_task(timeline, traces if complete else ()),
        traces=traces,
        proof=_proof(traces, scene) if certain else (),
        age=timeline.status_age,
        scene=scene,
    )
    return with_growth(ruling, timeline.timeline_id, traces, scene)


def timeline_key(timeline: ProcessingTimeline) -> SuspicionKey:
    """What a suspicion is about: these very rows; any change of them begins a new story."""
    sources = tuple((each.data_source_id, each.status_id) for each in timeline.data_sources)
    return ("timeline", timeline.timeline_id, timeline.status_id, sources)


def _may_get_a_source(timeline: ProcessingTimeline, traces: Sequence[Trace], scene: Scene) -> bool:
    """Whether a new upload may have set the status and not yet added its data source.

    Timesketch commits these one after the other (timesketch/api/v1/resources/upload.py,
    `_upload_and_index`). For a moment, all that is known of the timeline is how former tasks ended.
    """
    snapshot = scene.snapshot
    set_tick = snapshot.tick + snapshot.seconds - timeline.status_age
    not_seen_since = any(trace.seen_tick < set_tick for trace in traces)
    return not_seen_since and timeline.status_age < scene.rules.grace


def _task(timeline: ProcessingTimeline, traces: Sequence[Trace]) -> Task:
    sources = open_sources(timeline)
    created = max((each.created_age for each in sources), default=timeline.status_age)
    begun = bool(sources) and all(
        each.status == "processing" and not each.streamed for each in sources
    )
    began_age = min(each.status_age for each in sources) if begun else None
    return Task(created_age=created, began_age=began_age, traces=tuple(traces))


def _proof(traces: Sequence[Trace], scene: Scene) -> tuple[str, ...]:
    """Why every one of these tasks is dead, or nothing if one of them may live."""
    reasons: list[str] = []
    for trace in traces:
        reason = why_dead(trace, scene.workers, scene.snapshot, scene.rules)
        if reason is None:
            return ()
        reasons.append(reason)
    return tuple(reasons)
