"""Repairs on a verdict that the test makes up: production code has no way to do this.

The engine, the journal and the writer are the exporter's own, wired as `repairing` wires them, in
the mode enforce and without the storm brake. Only the judgement is forged: the rows are read from
Timesketch's database, and one timeline of them is called orphaned whatever its task does.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from exporter import __version__
from exporter.observe.database import reading_engine
from exporter.observe.timelines import TimelinesReader
from exporter.repair.apply import Applied, Writer
from exporter.repair.engine import Engine
from exporter.repair.guards import GuardRules, Mode
from exporter.repair.identifiers import this_instance
from exporter.repair.journal import open_journal
from exporter.repair.plan import PlanRules
from exporter.repair.reading import RowsReader
from exporter.repair.records import Entry, Origin
from exporter.repair.writing import writing_engine
from exporter.snapshot import JudgedTimeline, Judgement, Verdict
from tests.integration.repair.requeuing import without_requeues
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.changes import Repair
    from exporter.repair.engine import Prepared
    from tests.acceptance.exporter_command import Command
    from tests.timesketch.installation import Installation

REASON = "forged by a test"
# Above what anybody here waits for a lock, so that a wait is ended by who let go and not by time.
_TIMEOUT = 20.0
_ORIGIN = Origin(actor="test", trigger="api")


@dataclass(slots=True)
class Hold:
    """The writer's, held in its transaction once it has every lock and before it writes."""

    writer: Writer
    wanted: bool
    reached: threading.Event
    let_go: threading.Event

    def apply(self, repair: Repair, *, may_write: Callable[[], bool]) -> Applied:
        """Apply as the writer does, with the question `may_write` answered late."""

        def answer() -> bool:
            self.reached.set()
            if self.wanted:
                assert self.let_go.wait(_TIMEOUT), "nobody let go"
            return may_write()

        return self.writer.apply(repair, may_write=answer)

    def settle(self, repair: Repair) -> Applied | None:
        """Settle as the writer does."""
        return self.writer.settle(repair)


class ForgedVerdict:
    """A repair of one timeline, prepared on a forged verdict and carried out by a thread."""

    def __init__(
        self, timesketch: Installation, exporter: Command, timeline: int, *, held: bool = False
    ) -> None:
        """`held`: the repair stops in its transaction, all locks held, until `let_go`."""
        self._stack = ExitStack()
        reader = reading_engine(timesketch.roles.reader, timeout=_TIMEOUT)
        self._stack.callback(reader.dispose)
        writer = Writer(writing_engine(timesketch.roles.repairer, timeout=_TIMEOUT))
        self._stack.callback(writer.close)
        instance = str(this_instance())
        journal = open_journal(exporter.journal_url, instance=instance, version=__version__)
        self._stack.callback(journal.close)
        self._hold = Hold(writer, held, threading.Event(), threading.Event())
        rows = RowsReader(reader)
        self._engine = Engine(
            journal=journal,
            rows=rows,
            writer=self._hold,
            requeuer=without_requeues(rows),
            plan_rules=PlanRules(),
            guard_rules=GuardRules(mode=Mode.ENFORCE, brake_share=1.0),
            instance=instance,
        )
        judgement = _orphaned(TimelinesReader(reader), timeline)
        self.prepared: Prepared = self._engine.prepare(judgement, lambda _: True)
        (self.repair,) = self.prepared.plan.repairs
        self._thread = threading.Thread(target=self._perform, daemon=True)
        self._ended: Entry | Exception | None = None

    def perform(self) -> Entry:
        """Carry it out and return what became of it."""
        self.start()
        return self.entry()

    def start(self) -> None:
        """Begin to carry it out; returns at once."""
        self._thread.start()

    def wait_held(self) -> None:
        """Wait until it has all its locks and asks whether it may write."""
        until(
            lambda: self._hold.reached.is_set() or not self._thread.is_alive(),
            "the repair is in its transaction",
        )
        assert self._hold.reached.is_set(), self._ended

    def let_go(self) -> None:
        """Let it write and commit."""
        self._hold.let_go.set()

    def entry(self) -> Entry:
        """What became of it, once it has ended."""
        self._thread.join(_TIMEOUT * 2)
        assert isinstance(self._ended, Entry), self._ended
        return self._ended

    def _perform(self) -> None:
        try:
            self._ended = self._engine.perform(self.repair, self.prepared.situation, _ORIGIN)
        except Exception as error:  # noqa: BLE001  told by `entry`, in the test's own thread
            self._ended = error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hold.let_go.set()
        if self._thread.ident is not None:
            self._thread.join(_TIMEOUT * 2)
        self._stack.close()


def _orphaned(reader: TimelinesReader, timeline_id: int) -> Judgement:
    """The judgement of a complete scan that found nothing but this timeline, orphaned."""
    found = {timeline.timeline_id: timeline for timeline in reader.read().timelines}
    timeline = found[timeline_id]
    now = time.time()
    judged = JudgedTimeline(
        timeline=timeline,
        verdict=Verdict.ORPHANED,
        since=now - timeline.status_age,
        task_ids=(),
        worker=None,
        reasons=(REASON,),
    )
    return Judgement(
        at=now,
        tick=time.monotonic(),
        seconds=0.0,
        complete=True,
        incomplete_because=(),
        timelines=(judged,),
        analyses=(),
        workers=(),
        queues=(),
        statuses=None,
        sources=(),
    )
