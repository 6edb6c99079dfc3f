"""The engine, its rules and its journal, as settings describe them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter import __version__
from exporter.judge import Memory, judge
from exporter.observe.database import reading_engine
from exporter.repair.apply import Writer
from exporter.repair.engine import Engine
from exporter.repair.guards import GuardRules, Mode
from exporter.repair.identifiers import this_instance
from exporter.repair.journal import open_journal
from exporter.repair.plan import PlanRules
from exporter.repair.reading import RowsReader
from exporter.repair.requeue.folder import UploadsFolder
from exporter.repair.requeue.index import EventIndex
from exporter.repair.requeue.requeuer import Requeuer
from exporter.repair.requeue.sending import send
from exporter.repair.requeue.spot import spot_of
from exporter.repair.terminate import revoke
from exporter.repair.writing import writing_engine
from exporter.service.build import (
    broker_options,
    build_observer,
    opensearch_options,
    rules_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.repair.journal import Journal
    from exporter.repair.requeue.spot import Spot
    from exporter.settings import Settings

DELETING_SECONDS = 30.0
"""How long OpenSearch may take to delete a timeline's events: its rows are locked meanwhile."""


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
            requeuer=requeuer(settings, rows),
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


def requeuer(settings: Settings, rows: RowsReader) -> Requeuer:
    """Who looks at lost uploads and sends their tasks once more; connects when it has to."""
    url, uploads = settings.opensearch.url, settings.repair.uploads
    index = None
    if url is not None:
        options = opensearch_options(settings, url.get_secret_value())
        index = EventIndex(options, deleting=DELETING_SECONDS)
    return Requeuer(
        files=rows,
        index=index,
        folder=None if uploads is None else UploadsFolder.parse(uploads),
        send=lambda requeue: send(broker_options(settings), requeue),
        revoke=lambda task_id: revoke(broker_options(settings), task_id),
        spot=lambda task_id: _spot(settings, task_id),
    )


def _spot(settings: Settings, task_id: str) -> Spot:
    observer = build_observer(settings)
    try:
        snapshot = observer.observe(frozenset({task_id}))
    finally:
        observer.close()
    judgement, _ = judge(snapshot, Memory.empty(), rules_of(settings))
    return spot_of(task_id, snapshot, judgement)


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
