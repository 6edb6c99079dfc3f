"""Whether what was shown and confirmed may still be done. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.repair.plan import NotPlanned, Plan

if TYPE_CHECKING:
    from exporter.repair.changes import Repair
    from exporter.repair.engine import Prepared

FRESH_SECONDS = 60.0
"""How old a judgement may be when a repair begins; after a longer thought it is made anew."""


def _is_the_same(shown: Repair, now: Repair) -> bool:
    """Whether both do the same to the same rows: an id of either does not matter."""
    sends = [
        None if each.requeue is None else replace(each.requeue, task_id="") for each in (shown, now)
    ]
    return shown.rows == now.rows and sends[0] == sends[1]


def still_meant(shown: Prepared, now: Prepared) -> Prepared:
    """Of the plan of now, what was shown before: a change in between is nothing that was meant.

    What was shown as refused stays refused, for nobody was asked about it.
    """
    meant = {repair.key: repair for repair in shown.plan.repairs}
    kept = tuple(
        repair
        for repair in now.plan.repairs
        if repair.key in meant and _is_the_same(meant[repair.key], repair)
    )
    decisions = dict(now.decisions)
    for repair in kept:
        before = shown.decisions[meant[repair.key].repair_id]
        if before.refusals:
            decisions[repair.repair_id] = before
    gone = meant.keys() - {repair.key for repair in kept}
    changed = tuple(
        NotPlanned(target, target_id, "it changed while you were asked")
        for target, target_id in sorted(gone)
    )
    plan = Plan(repairs=kept, not_planned=(*shown.plan.not_planned, *changed))
    return replace(now, plan=plan, decisions=decisions)
