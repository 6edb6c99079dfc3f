"""`repair --revoke`: have living tasks terminated, wait until they are proven gone, and repair."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from exporter.commands.asking import confirmed, origin, will_write
from exporter.commands.carrying_out import carry_out, reconcile, tell
from exporter.commands.choice import Choice
from exporter.commands.passes import looks
from exporter.commands.plan_tables import not_planned_table, plan_report, revocation_table
from exporter.commands.repair_outcome import exit_code
from exporter.commands.settling import settle
from exporter.commands.terminal import hush_log, output, remarks
from exporter.errors import Exit, SettingsError
from exporter.repair.clearing import Clearing
from exporter.repair.plan import NotPlanned
from exporter.repair.revoke import Revocation, revocation_of
from exporter.repair.rows import Target
from exporter.repair.still_meant import FRESH_SECONDS, still_meant
from exporter.repair.terminate import terminate
from exporter.repair.why_not import why_not
from exporter.service.build import broker_options, build_observer, rules_of
from exporter.service.repairing import repairing
from exporter.snapshot import Verdict

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from exporter.errors import ExporterError
    from exporter.repair.clearing import Way
    from exporter.repair.engine import Prepared
    from exporter.repair.records import Entry
    from exporter.service.repairing import Workshop
    from exporter.settings import Settings
    from exporter.snapshot import Judgement


def revoke_and_repair(settings: Settings, options: argparse.Namespace) -> int:
    """Repair the named timelines; those that are running or stalled, after their tasks are gone.

    Exit codes and errors are those of `repair`; besides RevokeUnprovenError.
    """
    if not options.timelines:
        raise SettingsError(
            "--revoke terminates tasks that live: name each timeline by its id, "
            "it is never part of --all or --sketch"
        )
    choice = Choice.of(options)
    writes = will_write(settings, options)
    hush_log(settings)
    with repairing(settings) as workshop:
        reconcile(workshop.engine)
        shown_at = time.monotonic()
        judgement = settle(settings, choice.concerns)
        choice.require_processing(judgement)
        shown, orders = _foreseen(workshop, choice, judgement)
        _show(shown, orders)
        meant = _granted(shown, orders)
        if not writes or not (meant or _orphans(shown, orders).plan.repairs):
            entries = _foretell(workshop, shown)
            tell(settings, entries, dry_run=options.dry_run)
            if orders:
                print("No task was terminated.")
            return exit_code(entries, shown.plan.not_planned, dry_run=options.dry_run)
        if not options.yes and not confirmed(_question(shown, meant)):
            remarks().print("Nothing was changed.")
            return Exit.REFUSED
        entries = _foretell(workshop, _refused(shown))
        orphans = _orphans(shown, orders)
        if orphans.plan.repairs and time.monotonic() - shown_at > FRESH_SECONDS:
            judgement = settle(settings, choice.concerns)
        not_planned = shown.plan.not_planned
        problem: ExporterError | None = None
        if orphans.plan.repairs:
            again = still_meant(orphans, workshop.engine.prepare(judgement, choice.wants))
            done, problem = carry_out(workshop.engine, again, dry_run=False)
            entries += done
            not_planned = again.plan.not_planned
        if problem is None and meant:
            way = _clear(settings, workshop, meant)
            done, problem, late = _repair_gone(workshop, way)
            entries += done
            not_planned += late
            problem = problem or way.problem
        tell(settings, entries, dry_run=False)
        if problem is not None:
            raise problem
        return exit_code(entries, not_planned)


def _foreseen(
    workshop: Workshop, choice: Choice, judgement: Judgement
) -> tuple[Prepared, dict[int, Revocation]]:
    """The plan as if all that can be terminated were gone, and what that is, by timeline."""
    orders: dict[int, Revocation] = {}
    not_planned: list[NotPlanned] = []
    for judged in judgement.timelines:
        number = judged.timeline.timeline_id
        if number not in choice.timelines or judged.verdict is Verdict.ORPHANED:
            continue
        order = revocation_of(judged, judgement.workers)
        if isinstance(order, Revocation):
            orders[number] = order
        else:
            not_planned.append(NotPlanned(Target.TIMELINE, number, order))
    prepared = workshop.engine.foresee(judgement, choice.wants, orders)
    plan = replace(prepared.plan, not_planned=(*prepared.plan.not_planned, *not_planned))
    return replace(prepared, plan=plan), orders


def _show(shown: Prepared, orders: Mapping[int, Revocation]) -> None:
    if not orders:
        output().print(plan_report(shown))
        return
    planned = [order for order in orders.values() if _repair_id(shown, order.timeline_id)]
    warning = "What a task has started, such as psort for a Plaso file, may go on without it."
    output().print(Group(revocation_table(planned), Text(warning), plan_report(shown)))


def _granted(shown: Prepared, orders: Mapping[int, Revocation]) -> dict[int, Revocation]:
    """The orders after which the guards let the repair through."""
    return {
        number: order
        for number, order in orders.items()
        if (repair_id := _repair_id(shown, number)) and shown.decisions[repair_id].granted
    }


def _repair_id(shown: Prepared, timeline_id: int) -> str | None:
    key = (Target.TIMELINE, timeline_id)
    return next((each.repair_id for each in shown.plan.repairs if each.key == key), None)


def _orphans(shown: Prepared, orders: Mapping[int, Revocation]) -> Prepared:
    """Of the plan, what needs no termination and is granted."""
    return _only(
        shown,
        {
            repair.repair_id
            for repair in shown.plan.repairs
            if shown.decisions[repair.repair_id].granted
            and not (repair.target is Target.TIMELINE and repair.target_id in orders)
        },
    )


def _refused(shown: Prepared) -> Prepared:
    """Of the plan, what the guards refuse."""
    return _only(
        shown,
        {
            repair.repair_id
            for repair in shown.plan.repairs
            if not shown.decisions[repair.repair_id].granted
        },
    )


def _only(shown: Prepared, repair_ids: set[str]) -> Prepared:
    kept = tuple(each for each in shown.plan.repairs if each.repair_id in repair_ids)
    return replace(shown, plan=replace(shown.plan, repairs=kept))


def _foretell(workshop: Workshop, shown: Prepared) -> list[Entry]:
    asked_by = origin()
    return [
        workshop.engine.foretell(repair, shown.decisions[repair.repair_id], asked_by)
        for repair in shown.plan.repairs
    ]


def _question(shown: Prepared, meant: Mapping[int, Revocation]) -> str:
    repairs = sum(decision.granted for decision in shown.decisions.values())
    tasks = sum(len(order.task_ids) for order in meant.values())
    write = f"write {repairs} {'repair' if repairs == 1 else 'repairs'} into Timesketch's database?"
    if not tasks:
        return write.capitalize()
    return f"Terminate {tasks} {'task' if tasks == 1 else 'tasks'}, and then {write}"


def _clear(settings: Settings, workshop: Workshop, meant: Mapping[int, Revocation]) -> Way:
    asked_by = origin()
    rules = rules_of(settings)

    def order(revocation: Revocation) -> None:
        workshop.journal.revoke(
            revocation.timeline_id, revocation.task_ids, asked_by, worker=revocation.worker
        )
        terminate(broker_options(settings), revocation.task_ids, revocation.worker)

    clearing = Clearing(
        orders=meant,
        refused=lambda judgement, due: why_not(workshop.engine, judgement, due),
        terminate=order,
        timeout=settings.repair.revoke_timeout + rules.quiet_after,
        pause=min(settings.scan.interval, rules.confirm_after / 3),
    )
    observer = build_observer(settings)
    try:
        with remarks().status("Waiting until terminated tasks are proven gone"):
            return clearing.run(looks(observer.observe, rules))
    finally:
        observer.close()


def _repair_gone(
    workshop: Workshop, way: Way
) -> tuple[list[Entry], ExporterError | None, tuple[NotPlanned, ...]]:
    entries: list[Entry] = []
    problem: ExporterError | None = None
    not_planned = way.not_planned
    if way.gone:
        prepared = workshop.engine.prepare(way.judgement, Choice(tuple(way.gone)).wants)
        not_planned += prepared.plan.not_planned
        entries, problem = carry_out(workshop.engine, prepared, dry_run=False)
    if not_planned:
        output().print(not_planned_table(not_planned))
    return entries, problem, not_planned
