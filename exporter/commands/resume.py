"""`resume`: end a pause, or release the storm brake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.commands.asking import origin
from exporter.commands.terminal import hush_log
from exporter.errors import Exit
from exporter.service.repairing import opened_journal

if TYPE_CHECKING:
    import argparse

    from exporter.settings import Settings


def run(settings: Settings, options: argparse.Namespace) -> int:
    """End what `options.what` names (pause or brake); raises JournalError."""
    hush_log(settings)
    with opened_journal(settings) as journal:
        if options.what == "brake":
            released = journal.release_brake(origin())
            print("The storm brake is released." if released else "The storm brake is not engaged.")
        else:
            ended = journal.resume(origin())
            print("Repairs go on." if ended else "Repairs are not paused.")
    return Exit.OK
