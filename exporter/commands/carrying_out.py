"""From a plan that was shown to its outcomes, told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import Progress

from exporter.commands.asking import origin
from exporter.commands.plan_tables import outcome_report
from exporter.commands.terminal import output, remarks
from exporter.errors import ExporterError
from exporter.repair.guards import Mode
from exporter.repair.performing import perform
from exporter.service.repairing import guard_rules

if TYPE_CHECKING:
    from exporter.repair.engine import Engine, Prepared
    from exporter.repair.records import Entry
    from exporter.settings import Settings


def reconcile(engine: Engine) -> None:
    """Settle what an interrupted run left, and say so; raises JournalError."""
    for entry in engine.reconcile():
        text = f"repair {entry.repair.repair_id}, which was interrupted: {entry.outcome}"
        remarks().print(text, markup=False, soft_wrap=True)


def carry_out(
    engine: Engine, prepared: Prepared, *, dry_run: bool
) -> tuple[list[Entry], ExporterError | None]:
    """What became of each, and the error that stopped it before the end, if any."""
    entries: list[Entry] = []
    asked_by = origin()
    console = remarks()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for repair in progress.track(prepared.plan.repairs, description="Repairing"):
            try:
                entries.append(perform(engine, prepared, repair, asked_by, dry_run=dry_run))
            except ExporterError as error:
                return entries, error
    return entries, None


def tell(settings: Settings, entries: list[Entry], *, dry_run: bool) -> None:
    """Print what became of each, and what to do next."""
    if not entries:
        return
    output().print(outcome_report(entries))
    mode = guard_rules(settings).mode
    if dry_run:
        print("Nothing was written: --dry-run.")
    elif mode is Mode.DRY_RUN:
        print("Nothing was written: repair.mode is dry-run. To write: --repair.mode=enforce")
    elif mode is Mode.OFF:
        print("Nothing was written: repair.mode is off.")
    elif any(entry.outcome == "applied" for entry in entries):
        print("To take one back: timesketch-exporter undo REPAIR")
