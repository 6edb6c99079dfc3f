"""From fresh verdicts and the rows to the changes that are intended. Pure.

What is not orphaned, or no longer the very rows that were judged, is not planned, and the reason
says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.repair.agreement import analysis_change, timeline_change
from exporter.repair.changes import Repair
from exporter.repair.plan_analysis import repair_of_analysis
from exporter.repair.plan_timeline import repair_of_timeline
from exporter.repair.plan_undo import plan_undo
from exporter.repair.requeue.plan import requeue_of_timeline
from exporter.repair.rows import AnalysisRows, Target, TimelineRows
from exporter.snapshot import JudgedAnalysis, JudgedTimeline, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from exporter.repair.requeue.upload import Requeueing, Upload
    from exporter.repair.rows import Rows
    from exporter.repair.timeline_rule import Partial

__all__ = ["NotPlanned", "Plan", "PlanRules", "Requeues", "plan", "plan_undo"]


@dataclass(frozen=True, slots=True)
class PlanRules:
    """`partial` is what ready and failed data sources make of a timeline."""

    partial: Partial = "ready"


@dataclass(frozen=True, slots=True)
class Requeues:
    """That lost imports are begun anew, and what is known of the uploads, by timeline."""

    how: Requeueing
    uploads: Mapping[int, Upload]


@dataclass(frozen=True, slots=True)
class NotPlanned:
    """Something that was asked for and is not repaired, with the reason in words."""

    target: Target
    target_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The intended repairs, in the order of what was judged, and what is none."""

    repairs: tuple[Repair, ...]
    not_planned: tuple[NotPlanned, ...]


def plan(
    judged: Iterable[JudgedTimeline | JudgedAnalysis],
    rows: Mapping[tuple[Target, int], Rows],
    *,
    judged_at: float,
    rules: PlanRules,
    new_id: Callable[[], str],
    requeues: Requeues | None = None,
) -> Plan:
    """Plan a repair of each orphan whose rows are still those that were judged.

    `judged_at` (Unix seconds) is when; a target without rows no longer exists. What is named
    twice is planned once. With `requeues`, orphaned timelines are imported anew.
    """
    planned: dict[tuple[Target, int], Repair | NotPlanned] = {}
    for each in judged:
        key = _key(each)
        if key in planned:
            continue
        answer = _repair_or_reason(each, rows.get(key), judged_at, rules, new_id, requeues=requeues)
        planned[key] = answer if isinstance(answer, Repair) else NotPlanned(*key, answer)
    return Plan(
        repairs=tuple(each for each in planned.values() if isinstance(each, Repair)),
        not_planned=tuple(each for each in planned.values() if isinstance(each, NotPlanned)),
    )


def _key(judged: JudgedTimeline | JudgedAnalysis) -> tuple[Target, int]:
    if isinstance(judged, JudgedTimeline):
        return Target.TIMELINE, judged.timeline.timeline_id
    return Target.ANALYSIS, judged.analysis.analysis_id


def _repair_or_reason(
    judged: JudgedTimeline | JudgedAnalysis,
    rows: Rows | None,
    judged_at: float,
    rules: PlanRules,
    new_id: Callable[[], str],
    *,
    requeues: Requeues | None,
) -> Repair | str:
    if judged.verdict is not Verdict.ORPHANED:
        return f"it is {judged.verdict}, not orphaned: {'; '.join(judged.reasons)}"
    match judged, rows:
        case JudgedTimeline(), TimelineRows():
            changed = timeline_change(judged.timeline, rows)
            if changed is None and requeues is not None:
                upload = requeues.uploads[rows.timeline_id]
                how, repair_id = requeues.how, new_id()
                return requeue_of_timeline(
                    judged, rows, upload, judged_at=judged_at, how=how, repair_id=repair_id
                )
            if changed is None:
                return repair_of_timeline(judged, rows, judged_at, rules.partial, new_id())
        case JudgedAnalysis(), AnalysisRows():
            changed = analysis_change(judged.analysis, rows)
            if changed is None:
                return repair_of_analysis(judged, rows, judged_at, new_id())
        case _:
            changed = "it is no longer in Timesketch's database"
    return f"changed since it was judged: {changed}"
