"""What was judged, as what may be repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.rows import Target
from exporter.snapshot import JudgedTimeline, Verdict

if TYPE_CHECKING:
    from exporter.snapshot import JudgedAnalysis, Judgement

    Judged = JudgedTimeline | JudgedAnalysis


def key_of(judged: Judged) -> tuple[Target, int]:
    """The target that was judged."""
    if isinstance(judged, JudgedTimeline):
        return Target.TIMELINE, judged.timeline.timeline_id
    return Target.ANALYSIS, judged.analysis.analysis_id


def orphaned_timelines(judgement: Judgement) -> tuple[tuple[Target, int, int | None], ...]:
    """The orphaned timelines as the journal remembers them: with the status row judged."""
    return tuple(
        (Target.TIMELINE, judged.timeline.timeline_id, judged.timeline.status_id)
        for judged in judgement.timelines
        if judged.verdict is Verdict.ORPHANED
    )
