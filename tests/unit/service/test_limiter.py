"""The limiter ends what is overdue, and nothing that a guard would keep from being repaired."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest

from exporter.errors import BrokerUnreachableError, ExporterError
from exporter.repair.guards import GuardRules, Mode
from exporter.repair.records import Outcome
from exporter.repair.rows import Target
from exporter.service.limiter import ORIGIN, RETRY_ROUNDS, Limiter, Patience
from exporter.service.repairing import Workshop
from exporter.snapshot import Verdict, WorkerState
from tests.judgements import judgement, worker
from tests.unit.repair.build import judged_timeline, source, timeline
from tests.unit.repair.engine_world import FakeRows, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.repair.journal import Journal
    from exporter.repair.revoke import Revocation
    from exporter.snapshot import JudgedTimeline, Judgement

FIVE = timeline(source(1, "processing"))
LIVES = replace(judged_timeline(FIVE, verdict=Verdict.STALLED), overdue=True)
GONE = judged_timeline(FIVE, verdict=Verdict.ORPHANED)


@dataclass
class Scene:
    """Timeline 5 is overdue until its worker is told; each round is an interval later."""

    world: World
    judged: JudgedTimeline = LIVES
    state: WorkerState = WorkerState.UP
    dies: bool = True
    fault: ExporterError | None = None
    published: Judgement | None = None
    told: list[Revocation] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        """Make a limiter whose scans are those of this scene."""
        self.limiter = Limiter(
            self._open,
            lambda: self.published or self.scan(),
            lambda _: self.scan(),
            self._terminate,
            patience=Patience(timeout=0.0, pause=0.0),
            interval=5.0,
            monotonic=lambda: self.now,
        )

    @classmethod
    def of(cls, mode: Mode = Mode.ENFORCE, budget: int = 20) -> Scene:
        """A scene in this mode."""
        rules = GuardRules(mode=mode, budget=budget)
        return cls(World(rules=rules, rows=FakeRows({(Target.TIMELINE, 5): FIVE})))

    def scan(self) -> Judgement:
        """What a scan says."""
        return judgement(self.judged, workers=(worker("celery@w1", self.state),))

    def rounds(self, count: int = 1) -> list[Outcome | None]:
        """Let it work; the outcomes that the journal has then."""
        for _ in range(count):
            self.limiter.hold()
            self.now += 5.0
        return [entry.outcome for entry in self.world.journal.held.values()]

    @contextmanager
    def _open(self) -> Iterator[Workshop]:
        yield Workshop(self.world.engine, cast("Journal", self.world.journal))

    def _terminate(self, order: Revocation) -> None:
        if self.fault is not None:
            raise self.fault
        self.told.append(order)
        if self.dies:
            self.judged = GONE


def test_overdue_is_terminated_and_repaired() -> None:
    """The worker is told, that is journalled, and once it is gone the timeline is repaired."""
    scene = Scene.of()
    assert scene.rounds() == [Outcome.APPLIED]
    (order,) = scene.told
    assert (order.timeline_id, order.worker) == (5, LIVES.worker)
    (revoked,) = scene.world.journal.revoked
    assert revoked.actor == "limits"
    (entry,) = scene.world.journal.held.values()
    assert entry.origin == ORIGIN
    assert any("was revoked by limits" in reason for reason in entry.repair.evidence.reasons)


def test_what_is_stalled_but_not_overdue_is_left_alone() -> None:
    """Only a limit that somebody set ends a task."""
    scene = Scene.of()
    scene.judged = replace(LIVES, overdue=False)
    assert scene.rounds(20) == []
    assert scene.told == []


@pytest.mark.parametrize(
    ("mode", "budget", "outcome"),
    [
        pytest.param(Mode.DRY_RUN, 20, Outcome.DRY_RUN, id="dry run"),
        pytest.param(Mode.OFF, 20, Outcome.REFUSED, id="off"),
        pytest.param(Mode.ENFORCE, 0, Outcome.REFUSED, id="no budget"),
    ],
)
def test_guards_come_first_and_are_journalled_once(
    mode: Mode, budget: int, outcome: Outcome
) -> None:
    """Nobody is told to terminate anything, however often it is tried."""
    scene = Scene.of(mode, budget)
    assert scene.rounds(3 * RETRY_ROUNDS) == [outcome]
    assert scene.told == []


def test_what_does_not_end_is_told_again_later(caplog: pytest.LogCaptureFixture) -> None:
    """Not proven gone: nothing is written, it is logged, and tried again after some rounds."""
    scene = Scene.of()
    scene.dies = False
    with caplog.at_level(logging.WARNING):
        assert scene.rounds(RETRY_ROUNDS) == []
    assert len(scene.told) == 1
    assert [record.getMessage() for record in caplog.records] == ["limits not held"]
    scene.rounds()
    assert len(scene.told) == 2


def test_a_worker_that_takes_no_orders_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """A wedged worker cannot terminate anything; that is said once."""
    scene = Scene.of()
    scene.state = WorkerState.WEDGED
    with caplog.at_level(logging.WARNING):
        assert scene.rounds(3 * RETRY_ROUNDS) == []
    assert [record.getMessage() for record in caplog.records] == ["overdue task left alone"]
    assert scene.told == []


def test_a_broker_that_is_away_is_survived(caplog: pytest.LogCaptureFixture) -> None:
    """The order could not be sent: one line, and a later round sends it."""
    scene = Scene.of()
    scene.fault = BrokerUnreachableError("the broker does not answer")
    with caplog.at_level(logging.WARNING):
        assert scene.rounds(RETRY_ROUNDS) == []
    assert len(caplog.records) == 1
    scene.fault = None
    assert scene.rounds() == [Outcome.APPLIED]


def test_ended_by_itself_in_the_last_moment() -> None:
    """The fresh scan finds it no longer overdue: nobody is told anything."""
    scene = Scene.of()
    scene.published = scene.scan()
    scene.judged = replace(LIVES, overdue=False, verdict=Verdict.RUNNING)
    assert scene.rounds() == []
    assert scene.told == []
