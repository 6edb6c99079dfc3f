"""`pause`: refuse every repair, in all replicas that share the journal, until `resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.commands.asking import origin
from exporter.commands.terminal import hush_log
from exporter.errors import Exit, SettingsError
from exporter.service.repairing import opened_journal

if TYPE_CHECKING:
    import argparse

    from exporter.settings import Settings


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Pause for the reason `options.reason`; raises JournalError, or SettingsError for a blank."""
    reason = " ".join(options.reason).strip()
    if not reason:
        raise SettingsError("a pause needs a reason")
    hush_log(settings)
    with opened_journal(settings) as journal:
        journal.pause(reason, origin())
        print(f"Repairs are paused for all who use the journal {journal.place}.")
    print("To go on: timesketch-exporter resume")
    return Exit.OK
