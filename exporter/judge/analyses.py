"""The verdict on each unfinished analysis, with the chain that it waits in.

An analyzer is sent by its predecessor: import, then sketch_init, then one analyzer after another.
While it waits, it exists only in the chain of a message, and once that message is taken, only in
the process that runs it (facts.md, Messages in Redis).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.judge.blindness import Task
from exporter.judge.finding import Ruling, absent, visible
from exporter.judge.proof import why_dead
from exporter.snapshot import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.judge.memory import SuspicionKey, Trace
    from exporter.judge.scene import Scene
    from exporter.snapshot import UnfinishedAnalysis


def rule_on_analysis(analysis: UnfinishedAnalysis, scene: Scene) -> Ruling:
    """Where this analysis' task is, as far as this one scan and the traces tell."""
    seen = scene.seen_by_analysis.get(analysis.analysis_id, ())
    if seen:
        return visible(seen, scene)
    if analysis.status == "PENDING":
        waiting = _waiting(analysis, scene)
        if waiting is not None:
            return waiting
    traces = scene.traces_by_analysis.get(analysis.analysis_id, ())
    if not traces and analysis.status == "PENDING":
        traces = scene.traces_before_analysis.get(analysis.analysis_id, ())
    current = _current(traces, analysis, scene)
    chain = (*scene.traces_before_analysis.get(analysis.analysis_id, ()), *traces)
    began_age = analysis.status_age if analysis.status == "STARTED" else None
    return absent(
        task=Task(analysis.created_age, began_age, current),
        traces=traces,
        proof=() if _may_run_twice(chain) else _proof(current, analysis, scene),
        age=analysis.status_age,
        scene=scene,
    )


def analysis_key(analysis: UnfinishedAnalysis) -> SuspicionKey:
    """What a suspicion is about: this very status row."""
    return ("analysis", analysis.analysis_id, analysis.status_id, ())


def _waiting(analysis: UnfinishedAnalysis, scene: Scene) -> Ruling | None:
    """Behind a living task whose chain names it, or whose chain cannot be seen and may name it."""
    ahead = scene.seen_before_analysis.get(analysis.analysis_id, ())
    if ahead:
        ruling = visible(ahead, scene)
        return Ruling(Verdict.WAITING, ("its predecessor lives", *ruling.reasons), ruling.worker)
    if analysis.index_name is None:
        return None
    ahead = scene.seen_by_index.get(analysis.index_name, ())
    if scene.traces_before_analysis.get(analysis.analysis_id):
        # Its chain is known. Of that only the link between import and analyses names neither.
        ahead = [sighting for sighting in ahead if _names_nothing(scene.traces[sighting.task_id])]
    if not ahead:
        return None
    ruling = visible(ahead, scene)
    return Ruling(
        Verdict.WAITING,
        (
            "a task on the same search index lives, whose chain was begun unseen and may name it",
            *ruling.reasons,
        ),
        ruling.worker,
    )


def _may_run_twice(chain: Sequence[Trace]) -> bool:
    """Whether a message of the chain was handed out twice, and so the rest of it has a twin.

    Both twins have the same task ids. When one fails, Celery writes that down for all that come
    after it, while the other one may go on.
    """
    return any(trace.doubled for trace in chain)


def _names_nothing(trace: Trace) -> bool:
    return trace.timeline_id is None and trace.analysis_id is None


def _current(
    traces: Sequence[Trace], analysis: UnfinishedAnalysis, scene: Scene
) -> tuple[Trace, ...]:
    """The last link of the chain that was seen, if it can be about this very analysis."""
    last = max(traces, key=lambda trace: trace.seen_tick, default=None)
    if last is None:
        return ()
    created_tick = scene.snapshot.tick + scene.snapshot.seconds - analysis.created_age
    # The chain's message is sent after the analysis was written, but an exporter that met the
    # chain's head earlier knows it by its own memory; an older task proves nothing.
    return (last,) if last.first_seen_tick >= created_tick else ()


def _proof(traces: Sequence[Trace], analysis: UnfinishedAnalysis, scene: Scene) -> tuple[str, ...]:
    """Why nothing will ever begin or end this analysis; nothing if that is not proven.

    A predecessor that ended well has sent its successor on, so only its failure proves anything.
    """
    for trace in traces:
        if trace.analysis_id != analysis.analysis_id and trace.result == "SUCCESS":
            return ()
        reason = why_dead(trace, scene.workers, scene.snapshot, scene.rules)
        if reason is not None:
            if trace.analysis_id != analysis.analysis_id:
                return (f"its predecessor is dead: {reason}",)
            return (reason,)
    return ()
