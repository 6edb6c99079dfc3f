"""`undo`: show what a repair would put back, ask, and put it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.commands.asking import confirmed, origin, require_a_terminal
from exporter.commands.plan_tables import outcome_report, undo_report
from exporter.commands.repair_outcome import exit_code
from exporter.commands.terminal import hush_log, output, remarks
from exporter.errors import Exit
from exporter.service.repairing import repairing

if TYPE_CHECKING:
    import argparse

    from exporter.settings import Settings


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Take the repair `options.repair_id` back, after asking unless `options.yes`.

    Exit codes: 0 put back, 3 refused or changed since, 1 a failure. Raises UnknownRepairError,
    UndoRefusedError, JournalError or a SourceError.
    """
    if not options.yes:
        require_a_terminal()
    hush_log(settings)
    with repairing(settings) as workshop:
        workshop.engine.reconcile()
        undo = workshop.engine.plan_undo(options.repair_id)
        output().print(undo_report(undo))
        if not options.yes and not confirmed("Put this back into Timesketch's database?"):
            remarks().print("Nothing was changed.")
            return Exit.REFUSED
        entry = workshop.engine.undo(undo, origin())
        output().print(outcome_report([entry]))
        return exit_code([entry], ())
