"""What a run of `repair` comes to. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.errors import Exit
from exporter.repair.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection

    from exporter.repair.engine import Prepared
    from exporter.repair.plan import NotPlanned
    from exporter.repair.records import Entry


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
