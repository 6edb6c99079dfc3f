"""From what was prepared to the journal's entry: carried out, or refused as it was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exporter.repair.changes import Repair
    from exporter.repair.engine import Engine, Prepared
    from exporter.repair.records import Entry, Origin


def perform(
    engine: Engine, prepared: Prepared, repair: Repair, origin: Origin, *, dry_run: bool = False
) -> Entry:
    """Carry out one of the prepared repairs, under all guards; raises as `Engine.perform` does.

    What the guards refused in `prepared` is taken down as refused, and not tried once more.
    """
    decision = prepared.decisions[repair.repair_id]
    if decision.refusals:
        return engine.refuse(repair, decision, origin)
    return engine.perform(repair, prepared.situation, origin, dry_run=dry_run)
