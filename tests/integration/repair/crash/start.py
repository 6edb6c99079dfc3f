"""A start of the exporter: an engine with connections of its own, as this process' instance."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.observe.database import reading_engine
from exporter.observe.timelines import TimelinesReader
from exporter.repair.apply import Writer
from exporter.repair.engine import Engine
from exporter.repair.guards import GuardRules, Mode
from exporter.repair.identifiers import this_instance
from exporter.repair.journal import open_journal
from exporter.repair.plan import PlanRules
from exporter.repair.reading import RowsReader
from exporter.repair.records import Origin
from exporter.repair.writing import writing_engine
from tests.integration.repair.requeuing import without_requeues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.demo.roles import Roles
    from exporter.repair.journal import Journal

ORIGIN = Origin(actor="test", trigger="cli")

FREE = GuardRules(mode=Mode.ENFORCE, budget=100_000, brake_share=1.0, cool_down=0.0)
"""Nothing refuses."""

_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Start:
    """What a process that repairs has open."""

    engine: Engine
    journal: Journal
    timelines: TimelinesReader


@contextmanager
def started(roles: Roles, journal_url: str, *, rules: GuardRules = FREE) -> Iterator[Start]:
    """Open everything anew, as the users that an operator makes, and close it."""
    instance = str(this_instance())
    reading = reading_engine(roles.reader, timeout=_TIMEOUT)
    writer = Writer(writing_engine(roles.repairer, timeout=_TIMEOUT))
    journal = open_journal(journal_url, instance=instance, version="test")
    rows = RowsReader(reading)
    engine = Engine(
        journal=journal,
        rows=rows,
        writer=writer,
        requeuer=without_requeues(rows),
        plan_rules=PlanRules(),
        guard_rules=rules,
        instance=instance,
    )
    try:
        yield Start(engine, journal, TimelinesReader(reading))
    finally:
        journal.close()
        writer.close()
        reading.dispose()
