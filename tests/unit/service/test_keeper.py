"""The keeper keeps the journal whatever becomes of it, and tells how repairs stand."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from exporter.errors import DatabaseUnreachableError, JournalUnreachableError
from exporter.metrics.published import JournalFigures, RepairFigures, RequestFigures
from exporter.repair.guards import GuardRules, Mode
from exporter.repair.records import Guard, History, Outcome, Pause, Tally
from exporter.repair.requests import RequestOutcome, RequestTally
from exporter.repair.rows import Target
from exporter.service.keeper import REVIEW_SECONDS, Keeper
from exporter.service.repairing import Workshop
from exporter.snapshot import Verdict
from tests.judgements import AT, judgement, timeline

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pytest

    from exporter.repair.engine import Engine
    from exporter.repair.journal import Journal
    from exporter.repair.journal.inbox import Inbox
    from exporter.snapshot import TaskMessage

LONG = 10.0
DOWN = JournalUnreachableError("the journal does not answer")


@dataclass
class Shop:
    """A journal and an engine that count what is asked of them; `error` is raised by both."""

    error: Exception | None = None
    looked_back: int = 0
    observed: list[tuple[Target, int, int | None]] = field(default_factory=list)
    seen: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def open(self) -> Iterator[Workshop]:
        """Hand it out, unless there is an error."""
        self._fail()
        yield Workshop(cast("Engine", self), cast("Journal", self))

    @property
    def inbox(self) -> Inbox:
        """An inbox with two open requests and one that was refused."""
        return cast("Inbox", self.Inbox())

    class Inbox:
        """What the keeper asks of an inbox."""

        def tally(self) -> RequestTally:
            """Two open, one refused."""
            return RequestTally(open=2, outcomes={RequestOutcome.REFUSED: 1})

    def observe(
        self,
        orphaned: Collection[tuple[Target, int, int | None]],
        workers: Mapping[tuple[Target, int, int | None], str],
        messages: Mapping[int, Collection[TaskMessage]],
    ) -> None:
        """Take them down."""
        assert set(workers) <= set(orphaned)
        assert set(messages) <= {target_id for _, target_id, _ in orphaned}
        self._fail()
        self.observed = list(orphaned)

    def tally(self) -> Tally:
        """Three repairs, two refusals."""
        self._fail()
        self.seen.set()
        return Tally({(Target.TIMELINE, Outcome.APPLIED): 3}, {Guard.BUDGET: 2})

    def history(self, *, orphan_window: float) -> History:
        """Paused."""
        assert orphan_window > 0
        return History(now=AT, pause=Pause(AT, "root@host", "rollout"), granted_at=(AT,))

    def reconcile(self) -> tuple[()]:
        """Nothing to settle."""
        return ()

    def review(self) -> tuple[()]:
        """Timesketch's database is away."""
        self.looked_back += 1
        raise DatabaseUnreachableError("away")

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass
class Kept:
    """A keeper over a shop, with a clock that is moved by hand."""

    shop: Shop = field(default_factory=Shop)
    tick: float = 0.0
    keeper: Keeper = field(init=False)

    def __post_init__(self) -> None:
        """Make the keeper; its last scan found timeline 7 orphaned."""
        self.keeper = Keeper(
            self.shop.open,
            lambda: judgement(timeline(7, Verdict.ORPHANED), timeline(8, Verdict.RUNNING)),
            GuardRules(mode=Mode.ENFORCE),
            interval=0.001,
            monotonic=lambda: self.tick,
        )


def test_a_round_takes_down_orphans_and_counts() -> None:
    """Each round the orphans go to the journal, and its counts come back as figures."""
    kept = Kept()
    kept.keeper.keep()
    assert kept.shop.observed == [(Target.TIMELINE, 7, 7)]
    assert kept.keeper.figures == RepairFigures(
        "enforce",
        JournalFigures(
            {("timeline", "applied"): 3},
            {"budget": 2},
            paused=True,
            brake_engaged=False,
            budget_remaining=19,
            requests=RequestFigures(open=2, outcomes={"refused": 1}),
        ),
    )
    standing = kept.keeper.standing
    assert standing is not None
    assert standing.paused is not None
    assert standing.budget_remaining == 19


def test_it_looks_back_once_a_minute() -> None:
    """The first round looks back, and then one a minute; a database that is away is no fault."""
    kept = Kept()
    for tick, looked in ((0.0, 1), (REVIEW_SECONDS - 1, 1), (REVIEW_SECONDS, 2)):
        kept.tick = tick
        kept.keeper.keep()
        assert kept.shop.looked_back == looked


def test_a_journal_that_is_away_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """While the journal cannot be used there are no figures of it; it is tried again and again."""
    caplog.set_level(logging.INFO, logger="exporter.service.keeper")
    kept = Kept(Shop(error=DOWN))
    assert kept.keeper.figures == RepairFigures("enforce")
    kept.keeper.keep()
    kept.keeper.keep()
    kept.shop.error = None
    kept.keeper.keep()
    usable = kept.keeper.figures
    kept.shop.error = DOWN
    kept.keeper.keep()
    assert usable.journal is not None
    assert kept.keeper.figures == RepairFigures("enforce")
    assert kept.keeper.standing is None
    assert [record.message for record in caplog.records] == [
        "journal unusable: nothing is repaired",
        "journal usable again",
        "journal unusable: nothing is repaired",
    ]


def test_the_loop_outlives_faults() -> None:
    """A fault of the exporter's own costs a round and no more."""
    kept = Kept(Shop(error=RuntimeError("a bug")))
    kept.keeper.start()
    kept.shop.error = None
    assert kept.shop.seen.wait(LONG)
    assert kept.keeper.stop(LONG)
