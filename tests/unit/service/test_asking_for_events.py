"""Workers are asked for the events of their tasks once, and once more when they began anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.errors import BrokerUnreachableError
from exporter.service.asking_for_events import AGAIN_AFTER, AskingForEvents
from exporter.snapshot import Heard, JudgedWorker, WorkerState
from tests.judgements import judgement, worker

if TYPE_CHECKING:
    from collections.abc import Collection


class Broker:
    """Remembers who was asked; may be away."""

    def __init__(self) -> None:
        self.away = False
        self.asked: list[list[str]] = []

    def ask(self, workers: Collection[str]) -> None:
        """Ask some workers."""
        if self.away:
            raise BrokerUnreachableError("the broker does not answer")
        self.asked.append(list(workers))


def up(name: str, *, online: float | None = None) -> JudgedWorker:
    """A worker that answered, and said hello then."""
    return replace(worker(name, WorkerState.UP), pulse=Heard(name, online_tick=online))


def look(asking: AskingForEvents, tick: float, *workers: JudgedWorker) -> None:
    """Show it a scan."""
    asking.look(replace(judgement(workers=workers), tick=tick))


def test_each_worker_is_asked_once() -> None:
    """Those that answered, and a new one when it appears."""
    broker = Broker()
    asking = AskingForEvents(broker.ask)
    look(asking, 10.0, up("a"), worker("b", WorkerState.WEDGED))
    look(asking, 15.0, up("a"), up("b"))
    look(asking, 20.0, up("a"), up("b"))
    assert broker.asked == [["a"], ["b"]]


def test_a_worker_that_began_anew_is_asked_again() -> None:
    """Its hello tells, or that it was away."""
    broker = Broker()
    asking = AskingForEvents(broker.ask)
    look(asking, 10.0, up("a", online=5.0))
    look(asking, 15.0, up("a", online=12.0))
    look(asking, 20.0, worker("a", WorkerState.DEAD))
    look(asking, 25.0, up("a", online=12.0))
    look(asking, 25.0 + AGAIN_AFTER, up("a", online=12.0))
    assert broker.asked == [["a"]] * 4


def test_a_broker_that_is_away_is_asked_again() -> None:
    """Nobody counts as asked while the order could not be sent."""
    broker = Broker()
    asking = AskingForEvents(broker.ask)
    broker.away = True
    look(asking, 10.0, up("a"))
    broker.away = False
    look(asking, 15.0, up("a"))
    assert broker.asked == [["a"]]
