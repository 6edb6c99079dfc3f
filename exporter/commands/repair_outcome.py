"""What a run of `repair` comes to. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.errors import Exit
from exporter.repair.plan import NotPlanned, Plan
from exporter.repair.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection

    from exporter.repair.engine import Prepared
    from exporter.repair.records import Entry

FRESH_SECONDS = 60.0
"""How old a judgement may be when a repair begins; after a longer thought it is made anew."""


def exit_code(
    entries: Collection[Entry], not_planned: Collection[NotPlanned], *, dry_run: bool = False
) -> Exit:
    """1 if one failed, 3 if anything else was not done, 0 if all was."""
    done = Outcome.DRY_RUN if dry_run else Outcome.APPLIED
    if any(entry.outcome is Outcome.FAILED for entry in entries):
        return Exit.ERROR
    if not_planned or any(entry.outcome is not done for entry in entries):
        return Exit.REFUSED
    return Exit.OK


def remaining(prepared: Prepared, entries: Collection[Entry]) -> int:
    """How many repairs were not even tried after the one that stopped the run."""
    return len(prepared.plan.repairs) - len(entries) - 1


def still_meant(shown: Prepared, now: Prepared) -> Prepared:
    """Of the plan of now, what was shown before: a change in between is nothing that was meant.

    What was shown as refused stays refused, for nobody was asked about it.
    """
    meant = {repair.key: repair for repair in shown.plan.repairs}
    kept = tuple(
        repair
        for repair in now.plan.repairs
        if repair.key in meant and meant[repair.key].rows == repair.rows
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
