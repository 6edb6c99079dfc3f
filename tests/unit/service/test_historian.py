"""The historian stores what waits, keeps what it could not store, and removes by and by."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from exporter.errors import HistoryError
from exporter.events.intake import Intake
from exporter.observe.arguments import short
from exporter.service.historian import MARK_SECONDS, PRUNE_SECONDS, Historian
from exporter.snapshot import Verdict
from tests.judgements import judgement, timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.events.history import History
    from exporter.events.intake import Batch


class Kept:
    """A history in memory that may be away; `held` are the events that it says it has."""

    def __init__(self) -> None:
        self.away = False
        self.held = 0
        self.batches: list[Batch] = []
        self.pruned: list[int] = []
        self.closed = 0

    def open(self) -> History:
        """Open it."""
        if self.away:
            raise HistoryError("the history is away")
        return cast("History", self)

    def write(self, batch: Batch) -> None:
        """Store a batch."""
        if self.away:
            raise HistoryError("the history is away")
        self.batches.append(batch)

    def count_events(self) -> int:
        """Count."""
        return self.held

    def prune(self, *, before: float, surplus: int, most: int) -> Iterator[int]:
        """Remove in steps of a hundred."""
        assert before < most
        self.pruned.append(surplus)
        for _ in range(0, max(surplus, 0), 100):
            yield 100

    def close(self) -> None:
        """Close."""
        self.closed += 1


class Clock:
    """Monotonic time, which moves by itself a little with each look."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.step = 0.0

    def __call__(self) -> float:
        """The time."""
        self.now += self.step
        return self.now


class Scene:
    """A historian over a history in memory."""

    def __init__(self, *, held: int = 0) -> None:
        self.kept, self.clock = Kept(), Clock()
        self.kept.held = held
        self.intake = Intake(instance="host:1", reader=short, patience=0.0)
        self.historian = Historian(
            self.kept.open,
            self.intake,
            retention=60.0,
            max_rows=2_000,
            clock=lambda: 1000.0,
            monotonic=self.clock,
        )

    def event(self) -> None:
        """Hear of a task."""
        self.intake.task_events(
            {"type": "task-started", "uuid": "t1", "hostname": "w", "timestamp": 1.0}
        )

    def stored(self) -> int:
        """How many events were stored."""
        return sum(len(batch.events) for batch in self.kept.batches)


def test_stores_what_waits() -> None:
    """What scans and tasks tell; nothing is written while nothing happens, but for a mark."""
    scene = Scene()
    scene.historian.scanned(judgement(timeline(7, Verdict.RUNNING)))
    scene.event()
    scene.historian.keep()
    assert [len(batch.findings) for batch in scene.kept.batches] == [1]
    assert scene.historian.figures.up
    scene.historian.keep()
    assert len(scene.kept.batches) == 1
    scene.clock.now += MARK_SECONDS
    scene.historian.keep()
    assert len(scene.kept.batches) == 2


def test_nothing_is_lost_while_the_history_is_away() -> None:
    """What could not be stored is stored first once it can be."""
    scene = Scene()
    scene.historian.keep()
    scene.event()
    scene.kept.away = True
    scene.historian.keep()
    scene.event()
    scene.historian.keep()
    assert not scene.historian.figures.up
    scene.kept.away = False
    scene.historian.keep()
    scene.historian.keep()
    assert scene.stored() == 2
    assert scene.kept.closed == 1
    assert scene.historian.figures.up


def test_removes_a_little_at_a_time() -> None:
    """A round that took its time leaves the rest of the surplus to the next one."""
    scene = Scene(held=3_000)
    scene.event()
    scene.clock.step = 0.05
    scene.historian.keep()
    first = scene.historian.figures.rows or 0
    assert 2_000 < first < 3_000
    while (scene.historian.figures.rows or 0) > 2_000:
        scene.historian.keep()
    assert scene.kept.pruned[:2] == [1_000, first - 2_000]


def test_looks_for_what_is_too_old_now_and_then() -> None:
    """Once a minute, where there is no surplus."""
    scene = Scene()
    for _ in range(3):
        scene.event()
        scene.historian.keep()
    assert len(scene.kept.pruned) == 1
    scene.clock.now += PRUNE_SECONDS
    scene.historian.keep()
    assert len(scene.kept.pruned) == 2


def test_stores_the_rest_at_the_end() -> None:
    """What was heard until the stop is stored, and the history closed."""
    scene = Scene()
    scene.historian.start()
    scene.event()
    assert scene.historian.stop(30.0)
    assert scene.stored() == 1
    assert scene.kept.closed == 1
