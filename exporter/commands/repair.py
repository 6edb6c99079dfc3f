"""`repair`: judge anew, show the plan, ask, carry it out and tell what became of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from exporter.commands.asking import confirmed, will_write
from exporter.commands.carrying_out import carry_out, reconcile, tell
from exporter.commands.choice import Choice
from exporter.commands.plan_tables import plan_report
from exporter.commands.repair_outcome import exit_code, remaining
from exporter.commands.revoking import revoke_and_repair
from exporter.commands.settling import settle, youth
from exporter.commands.tables import printable
from exporter.commands.terminal import hush_log, output, remarks
from exporter.errors import Exit, SettingsError
from exporter.repair.requeue.upload import Requeueing
from exporter.repair.still_meant import FRESH_SECONDS, still_meant
from exporter.service.repairing import repairing

if TYPE_CHECKING:
    import argparse

    from exporter.repair.engine import Engine, Prepared
    from exporter.settings import Settings


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Repair what was chosen.

    Options: `timelines`, `sketch`, `all`, `revoke`, `action`, `purge`, `assume_defaults`,
    `dry_run`, `yes`. Exit codes: 0 all applied, or shown with `dry_run`; 3 not all (refused,
    changed meanwhile, not allowed to write); 1 a failure; 4 where nothing is proven to be
    orphaned, and something may be. Raises SettingsError, NotOrphanedError, JournalError, or a
    SourceError.
    """
    requeueing = requeueing_of(options)
    if options.revoke:
        return revoke_and_repair(settings, options)
    choice = Choice.of(options)
    writes = will_write(settings, options)
    hush_log(settings)
    with repairing(settings) as workshop:
        reconcile(workshop.engine)
        prepared = _prepare(settings, workshop.engine, choice, requeueing)
        if isinstance(prepared, Exit):
            return prepared
        output().print(plan_report(prepared))
        if writes and not options.yes and _grants_any(prepared):
            shown_at = time.monotonic()
            if not confirmed(_question(prepared)):
                remarks().print("Nothing was changed.")
                return Exit.REFUSED
            if time.monotonic() - shown_at > FRESH_SECONDS:
                remarks().print("That took a while: looking again.")
                again = settle(settings, choice.concerns)
                anew = workshop.engine.prepare(again, choice.wants, requeueing=requeueing)
                prepared = still_meant(prepared, anew)
        entries, problem = carry_out(workshop.engine, prepared, dry_run=options.dry_run)
        tell(settings, entries, dry_run=options.dry_run)
        if problem is not None:
            left = remaining(prepared, entries)
            if left:
                remarks().print(f"{left} more not tried, because of this:")
            raise problem
        return exit_code(entries, prepared.plan.not_planned, dry_run=options.dry_run)


def requeueing_of(options: argparse.Namespace) -> Requeueing | None:
    """How a requeue is asked for; None where it is not. SettingsError for what does not fit."""
    if options.action == "requeue":
        if options.revoke:
            raise SettingsError(
                "--revoke terminates what lives, and --action requeue is for what is lost: "
                "give one of them"
            )
        return Requeueing(purge=options.purge, assume_defaults=options.assume_defaults)
    for given, flag in ((options.purge, "--purge"), (options.assume_defaults, "--assume-defaults")):
        if given:
            raise SettingsError(f"{flag} is for requeues: give --action requeue as well")
    return None


def _prepare(
    settings: Settings, engine: Engine, choice: Choice, requeueing: Requeueing | None
) -> Prepared | Exit:
    """The plan for what is orphaned; an exit code where nothing is."""
    judgement = settle(settings, choice.concerns)
    remark = youth(judgement, settings.judge.grace)
    if remark is not None:
        remarks().print(remark)
    choice.require_orphans(judgement)
    prepared = engine.prepare(judgement, choice.wants, requeueing=requeueing)
    if prepared.plan.repairs or prepared.plan.not_planned:
        return prepared
    undecided = choice.undecided(judgement)
    if not undecided:
        print("Nothing is orphaned, so there is nothing to repair.")
        return Exit.OK
    print(f"Nothing is proven to be orphaned, and of {undecided} it cannot be told now: ask again.")
    for reason in judgement.incomplete_because:
        output().print(f"  - {printable(reason)}", markup=False, soft_wrap=True)
    return Exit.INCOMPLETE


def _grants_any(prepared: Prepared) -> bool:
    return any(decision.granted for decision in prepared.decisions.values())


def _question(prepared: Prepared) -> str:
    granted = sum(decision.granted for decision in prepared.decisions.values())
    what = "this repair" if granted == 1 else f"these {granted} repairs"
    return f"Write {what} into Timesketch's database?"
