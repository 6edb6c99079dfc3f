"""What was judged, as what may be repaired."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.repair.rows import Target
from exporter.snapshot import JudgedTimeline, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.snapshot import JudgedAnalysis, Judgement, TaskMessage

    Judged = JudgedTimeline | JudgedAnalysis


def key_of(judged: Judged) -> tuple[Target, int]:
    """The target that was judged."""
    if isinstance(judged, JudgedTimeline):
        return Target.TIMELINE, judged.timeline.timeline_id
    return Target.ANALYSIS, judged.analysis.analysis_id


def last_workers(judgement: Judgement) -> dict[tuple[Target, int, int | None], str]:
    """On which worker the task of each orphaned timeline was last seen, where that is known."""
    return {
        (Target.TIMELINE, judged.timeline.timeline_id, judged.timeline.status_id): judged.worker
        for judged in judgement.timelines
        if judged.verdict is Verdict.ORPHANED and judged.worker is not None
    }


def last_messages(judgement: Judgement) -> dict[int, tuple[TaskMessage, ...]]:
    """What the tasks of each orphaned timeline were sent with, where that is known."""
    return {
        judged.timeline.timeline_id: judged.messages
        for judged in judgement.timelines
        if judged.verdict is Verdict.ORPHANED and judged.messages
    }


def seen_on(judged: Judged, workers: Mapping[tuple[Target, int, int | None], str]) -> Judged:
    """A judged timeline with its last worker, if its own judge did not know it."""
    if judged.worker is not None or not isinstance(judged, JudgedTimeline):
        return judged
    timeline = judged.timeline
    key = (Target.TIMELINE, timeline.timeline_id, timeline.status_id)
    return replace(judged, worker=workers.get(key))


def orphaned_timelines(judgement: Judgement) -> tuple[tuple[Target, int, int | None], ...]:
    """The orphaned timelines as the journal remembers them: with the status row judged."""
    return tuple(
        (Target.TIMELINE, judged.timeline.timeline_id, judged.timeline.status_id)
        for judged in judgement.timelines
        if judged.verdict is Verdict.ORPHANED
    )


def timeline_of(judged: Judged) -> int | None:
    """The timeline that a judged timeline is, or that a judged analysis is attached to."""
    if isinstance(judged, JudgedTimeline):
        return judged.timeline.timeline_id
    return judged.analysis.timeline_id


def sketch_of(judged: Judged) -> int:
    """The sketch that a judged timeline or analysis belongs to."""
    if isinstance(judged, JudgedTimeline):
        return judged.timeline.sketch_id
    return judged.analysis.sketch_id
