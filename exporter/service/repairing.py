"""The engine, its rules and its journal, as settings describe them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter import __version__
from exporter.observe.database import reading_engine
from exporter.repair.apply import Writer
from exporter.repair.engine import Engine
from exporter.repair.guards import GuardRules, Mode
from exporter.repair.identifiers import this_instance
from exporter.repair.journal import open_journal
from exporter.repair.plan import PlanRules
from exporter.repair.reading import RowsReader
from exporter.repair.writing import writing_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.repair.journal import Journal
    from exporter.settings import Settings


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything that repairs: the engine and the journal that it writes."""

    engine: Engine
    journal: Journal


@contextmanager
def repairing(settings: Settings) -> Iterator[Workshop]:
    """Open the journal and prepare the connections; all are closed at the end.

    Raises JournalError where the journal cannot be opened, SettingsError for wrong addresses.
    """
    with ExitStack() as stack:
        journal = stack.enter_context(opened_journal(settings))
        rows = rows_reader(settings, stack)
        writer = Writer(writing_engine(settings.repair_url, timeout=settings.database.timeout))
        stack.callback(writer.close)
        engine = Engine(
            journal=journal,
            rows=rows,
            writer=writer,
            plan_rules=plan_rules(settings),
            guard_rules=guard_rules(settings),
            instance=str(this_instance()),
        )
        yield Workshop(engine, journal)


@contextmanager
def opened_journal(settings: Settings) -> Iterator[Journal]:
    """The journal, migrated in place if it is older; raises JournalError or SettingsError."""
    journal = open_journal(settings.journal_url, instance=str(this_instance()), version=__version__)
    try:
        yield journal
    finally:
        journal.close()


def rows_reader(settings: Settings, stack: ExitStack) -> RowsReader:
    """A reader of Timesketch's rows, closed with `stack`."""
    engine = reading_engine(settings.database_url, timeout=settings.database.timeout)
    stack.callback(engine.dispose)
    return RowsReader(engine)


def plan_rules(settings: Settings) -> PlanRules:
    """The plan's rules as an operator set them."""
    return PlanRules(partial=settings.repair.partial)


def guard_rules(settings: Settings) -> GuardRules:
    """The guards' rules as an operator set them."""
    repair = settings.repair
    return GuardRules(
        mode=Mode(repair.mode),
        budget=repair.budget,
        brake_share=float(repair.brake_share),
        brake_least=repair.brake_least,
        brake_window=repair.brake_window,
        brake_cool_down=repair.brake_cool_down,
        cool_down=repair.cool_down,
        protected_sketches=frozenset(repair.protected_sketches),
        protected_labels=frozenset(repair.protected_labels),
    )
