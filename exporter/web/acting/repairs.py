"""Plan, apply, take back: as the command line does, with the plan kept in between."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from exporter.errors import (
    ExporterError,
    JournalError,
    OutcomeLostError,
)
from exporter.repair.performing import perform
from exporter.repair.plan import Plan
from exporter.repair.still_meant import FRESH_SECONDS, still_meant
from exporter.web.acting.desk import answered
from exporter.web.acting.plans import Result
from exporter.web.refused import Refused

if TYPE_CHECKING:
    from exporter.repair.choice import Choice
    from exporter.repair.engine import Engine, Prepared
    from exporter.repair.records import Entry, Origin
    from exporter.web.acting.desk import Desk, Workshop
    from exporter.web.acting.plans import KeptPlan


def make_plan(desk: Desk, choice: Choice, author: str) -> KeptPlan:
    """Judge anew, plan what is orphaned of the choice, and keep it; raises Refused."""
    with answered():
        judgement = desk.judgement()
        with desk.workshop() as workshop:
            workshop.engine.reconcile()
            prepared = workshop.engine.prepare(judgement, choice.wants)
    made = prepared.plan
    plan = Plan(made.repairs, (*made.not_planned, *choice.missing(judgement)))
    return desk.plans.keep(author, choice, replace(prepared, plan=plan), now=desk.clock())


def apply_plan(desk: Desk, plan_id: str, origin: Origin, confirm: str) -> Result:
    """Do what was shown and confirmed, and nothing else; raises Refused.

    After a longer thought it is judged anew: what would be different then is not done.
    """
    with answered():
        shown = desk.plans.look(plan_id, origin.actor, now=desk.clock())
        require_confirmed(desk, confirm, shown.confirm)
        plan = desk.plans.begin(plan_id, origin.actor, now=desk.clock())
        try:
            # Before the journal is opened: a scan may take its time.
            judgement = None if _is_fresh(desk, plan) else desk.judgement()
            with desk.workshop() as workshop:
                prepared = plan.prepared
                if judgement is not None:
                    now = workshop.engine.prepare(judgement, plan.choice.wants)
                    prepared = still_meant(prepared, now)
                result = _carried_out(workshop.engine, prepared, origin)
        except BaseException:
            desk.plans.give_back(plan)
            raise
    known = len(plan.prepared.plan.not_planned)
    result = replace(result, changed=prepared.plan.not_planned[known:])
    desk.plans.end(plan, result)
    desk.acted()
    return result


def take_back(desk: Desk, repair_id: str, origin: Origin, confirm: str) -> Entry:
    """Put the former rows of a repair back; raises Refused.

    Its id may be cut short, but has to be typed as a whole.
    """

    def undo(workshop: Workshop) -> Entry:
        workshop.engine.reconcile()
        planned = workshop.engine.plan_undo(repair_id)
        require_confirmed(desk, confirm, f"undo {planned.undoes}")
        return workshop.engine.undo(planned, origin)

    entry = desk.ask(undo)
    desk.acted()
    return entry


def require_confirmed(desk: Desk, given: str, wanted: str) -> None:
    """Refused, and counted, unless what was typed is what was asked for."""
    if " ".join(given.split()).lower() != wanted:
        desk.refusals.count("confirm")
        why = f'nothing was changed: to confirm, type "{wanted}"'
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, why)


def _is_fresh(desk: Desk, plan: KeptPlan) -> bool:
    return desk.clock() - plan.made_at <= FRESH_SECONDS


def _carried_out(engine: Engine, prepared: Prepared, origin: Origin) -> Result:
    """What became of each; raises an ExporterError only where nothing was even tried."""
    entries: list[Entry] = []
    for repair in prepared.plan.repairs:
        try:
            entries.append(perform(engine, prepared, repair, origin))
        except ExporterError as error:
            untried = isinstance(error, JournalError) and not isinstance(error, OutcomeLostError)
            if untried and not entries:
                raise
            left = len(prepared.plan.repairs) - len(entries) - 1
            return Result(tuple(entries), problem=str(error), not_tried=left)
    return Result(tuple(entries))
