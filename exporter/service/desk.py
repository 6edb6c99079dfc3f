"""What actions in the console need, from the threads of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.guards import standing
from exporter.service.keeper import situation_of
from exporter.service.repairing import guard_rules
from exporter.web.acting.desk import Desk

if TYPE_CHECKING:
    from exporter.repair.guarding import Standing
    from exporter.repair.journal import Journal
    from exporter.service.keeper import Keeper
    from exporter.service.scanner import Scanner
    from exporter.service.workshops import Workshops
    from exporter.settings import Settings


def desk_of(settings: Settings, workshops: Workshops, scanner: Scanner, keeper: Keeper) -> Desk:
    """What actions need."""
    rules = guard_rules(settings)

    def stand(journal: Journal) -> Standing:
        situation = situation_of(scanner.published().judgement)
        return standing(situation, journal.history(orphan_window=rules.brake_window), rules)

    return Desk(
        workshop=workshops.opened,
        fresh=scanner.fresh,
        mode=rules.mode,
        standing=stand,
        acted=keeper.keep,
        external_url=settings.web.external_url,
    )
