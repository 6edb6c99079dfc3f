"""The series of repairs, as the journal counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.metrics import repair_catalogue as catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.metrics.declaration import Family
    from exporter.metrics.published import JournalFigures, RepairFigures


def render(figures: RepairFigures) -> Iterator[Family]:
    """Families of repairs; only the mode and the journal's own state while it cannot be used."""
    mode = catalogue.REPAIR_MODE.family()
    for known in catalogue.REPAIR_MODES:
        mode.add(known == figures.mode, mode=known)
    yield mode
    up = catalogue.JOURNAL_UP.family()
    up.add(figures.journal is not None)
    yield up
    if figures.journal is not None:
        yield from _of_journal(figures.journal)


def _of_journal(journal: JournalFigures) -> Iterator[Family]:
    repairs = catalogue.REPAIRS.family()
    for target in catalogue.REPAIR_TARGETS:
        for outcome in catalogue.REPAIR_OUTCOMES:
            count = journal.repairs.get((target, outcome), 0)
            repairs.add(count, target=target, outcome=outcome)
    yield repairs
    refusals = catalogue.REPAIR_REFUSALS.family()
    for guard in catalogue.REPAIR_GUARDS:
        refusals.add(journal.refusals.get(guard, 0), guard=guard)
    yield refusals
    for declaration, value in (
        (catalogue.REPAIR_PAUSED, journal.paused),
        (catalogue.REPAIR_BRAKE_ENGAGED, journal.brake_engaged),
        (catalogue.REPAIR_BUDGET_REMAINING, journal.budget_remaining),
    ):
        family = declaration.family()
        family.add(value)
        yield family
