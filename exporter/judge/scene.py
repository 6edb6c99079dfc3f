"""Everything that one scan and the memory say, gathered once for the verdicts to look at."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.judge.blindness import may_return

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exporter.judge.blindness import Blind
    from exporter.judge.memory import Growth, KnownWorker, Trace
    from exporter.judge.rules import Rules
    from exporter.snapshot import Sighting, Snapshot


@dataclass(frozen=True, slots=True)
class Scene:
    """One scan, prepared: sightings and traces by what they concern, workers, blind spots.

    `returning` says of workers that may be on their way back why that is so.
    """

    snapshot: Snapshot
    rules: Rules
    workers: Mapping[str, KnownWorker]
    answered: frozenset[str]
    blind: tuple[Blind, ...]
    returning: Mapping[str, str]
    traces: Mapping[str, Trace]
    growth: Mapping[int, Growth]
    seen_by_timeline: Mapping[int, Sequence[Sighting]]
    seen_by_analysis: Mapping[int, Sequence[Sighting]]
    seen_before_analysis: Mapping[int, Sequence[Sighting]]
    seen_by_index: Mapping[str, Sequence[Sighting]]
    traces_by_timeline: Mapping[int, Sequence[Trace]]
    traces_by_analysis: Mapping[int, Sequence[Trace]]
    traces_before_analysis: Mapping[int, Sequence[Trace]]


def gather(
    *,
    snapshot: Snapshot,
    rules: Rules,
    workers: Mapping[str, KnownWorker],
    answered: frozenset[str],
    blind: tuple[Blind, ...],
    sightings: Sequence[Sighting],
    traces: Mapping[str, Trace],
    growth: Mapping[int, Growth],
) -> Scene:
    """Index sightings and traces by timeline, analysis and search index."""
    seen_by_timeline: dict[int, list[Sighting]] = defaultdict(list)
    seen_by_analysis: dict[int, list[Sighting]] = defaultdict(list)
    seen_before_analysis: dict[int, list[Sighting]] = defaultdict(list)
    seen_by_index: dict[str, list[Sighting]] = defaultdict(list)
    traces_by_timeline: dict[int, list[Trace]] = defaultdict(list)
    traces_by_analysis: dict[int, list[Trace]] = defaultdict(list)
    traces_before_analysis: dict[int, list[Trace]] = defaultdict(list)
    for sighting in sightings:
        trace = traces[sighting.task_id]
        if trace.timeline_id is not None:
            seen_by_timeline[trace.timeline_id].append(sighting)
        if trace.analysis_id is not None:
            seen_by_analysis[trace.analysis_id].append(sighting)
        for analysis_id in trace.followers or ():
            seen_before_analysis[analysis_id].append(sighting)
        if trace.index_name is not None and trace.followers is None:
            seen_by_index[trace.index_name].append(sighting)
    for trace in traces.values():
        if trace.timeline_id is not None:
            traces_by_timeline[trace.timeline_id].append(trace)
        if trace.analysis_id is not None:
            traces_by_analysis[trace.analysis_id].append(trace)
        for analysis_id in trace.followers or ():
            traces_before_analysis[analysis_id].append(trace)
    return Scene(
        snapshot=snapshot,
        rules=rules,
        workers=workers,
        answered=answered,
        blind=blind,
        returning=may_return(snapshot, workers, rules),
        traces=traces,
        growth=growth,
        seen_by_timeline=seen_by_timeline,
        seen_by_analysis=seen_by_analysis,
        seen_before_analysis=seen_before_analysis,
        seen_by_index=seen_by_index,
        traces_by_timeline=traces_by_timeline,
        traces_by_analysis=traces_by_analysis,
        traces_before_analysis=traces_before_analysis,
    )
