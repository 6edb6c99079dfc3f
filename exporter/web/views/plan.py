"""A plan that waits to be confirmed, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.repair.records import Outcome
from exporter.repair.words import change_lines, headline
from exporter.web.views.repairs import repair_row
from exporter.web.views.row_changes import row_changes

if TYPE_CHECKING:
    from exporter.repair.changes import Repair
    from exporter.repair.guarding import Decision
    from exporter.repair.plan import NotPlanned
    from exporter.web.acting.plans import KeptPlan, Result
    from exporter.web.views.repairs import RepairRow
    from exporter.web.views.row_changes import RowChange
    from exporter.web.views.tones import Tone

MOST_WITH_ROWS = 50
"""Repairs whose rows are shown one by one; of the others the table tells what becomes what."""

_DONE = (Outcome.APPLIED, Outcome.DRY_RUN)


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A repair as it is planned. `rows` is empty for the later ones of a long plan."""

    repair_id: str
    target: str
    target_id: int
    timeline_id: int | None
    sketch_id: int | None
    name: str
    becomes: str
    changes: tuple[str, ...]
    reasons: tuple[str, ...]
    word: str
    tone: Tone
    refusals: tuple[str, ...]
    rows: tuple[RowChange, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a plan. `left` are the timelines of what it did not do."""

    rows: tuple[RepairRow, ...]
    changed: tuple[NotPlanned, ...]
    problem: str | None
    not_tried: int
    left: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan. `confirm` is what has to be typed; None where there is nothing to be confirmed."""

    plan_id: str
    made_at: float
    expires_at: float
    confirm: str | None
    writes: bool
    rows: tuple[PlannedRow, ...]
    not_planned: tuple[NotPlanned, ...]
    under_way: bool
    ended: Ended | None


def plan_page(kept: KeptPlan) -> PlanPage:
    """The page of a plan; whoever sees it is known."""
    made = kept.prepared
    decisions = made.decisions.values()
    writes = any(decision.granted for decision in decisions)
    return PlanPage(
        plan_id=kept.plan_id,
        made_at=kept.made_at,
        expires_at=kept.expires_at,
        confirm=kept.confirm if writes or any(each.dry_run for each in decisions) else None,
        writes=writes,
        rows=tuple(
            _row(repair, made.decisions[repair.repair_id], with_rows=number < MOST_WITH_ROWS)
            for number, repair in enumerate(made.plan.repairs)
        ),
        not_planned=made.plan.not_planned,
        under_way=kept.under_way and kept.result is None,
        ended=None if kept.result is None else _ended(kept.result, made.plan.repairs),
    )


def _row(repair: Repair, decision: Decision, *, with_rows: bool) -> PlannedRow:
    word, tone = _word(decision)
    return PlannedRow(
        repair_id=repair.repair_id,
        target=repair.target,
        target_id=repair.target_id,
        timeline_id=repair.timeline_id,
        sketch_id=repair.sketch_id,
        name=repair.name,
        becomes=headline(repair),
        changes=change_lines(repair),
        reasons=repair.evidence.reasons,
        word=word,
        tone=tone,
        refusals=tuple(f"{each.guard}: {each.reason}" for each in decision.refusals),
        rows=row_changes(repair, None, names=True) if with_rows else (),
    )


def _word(decision: Decision) -> tuple[str, Tone]:
    if decision.granted:
        return "go ahead", "good"
    return ("dry run", "calm") if decision.dry_run else ("refused", "warn")


def _ended(result: Result, planned: tuple[Repair, ...]) -> Ended:
    done = {entry.repair.key for entry in result.entries if entry.outcome in _DONE}
    left = {repair.timeline_id for repair in planned if repair.key not in done}
    return Ended(
        rows=tuple(repair_row(entry, names=True) for entry in result.entries),
        changed=result.changed,
        problem=result.problem,
        not_tried=result.not_tried,
        left=tuple(sorted(timeline for timeline in left if timeline is not None)),
    )
