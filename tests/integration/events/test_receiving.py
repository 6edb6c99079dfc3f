"""Events of tasks come from a real broker into a real history, and what was missed is a gap."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from exporter.demo.servers import Valkey
from exporter.errors import HistoryError
from exporter.events.ears import Ears
from exporter.events.gaps import gaps
from exporter.events.history import History
from exporter.events.intake import Intake
from exporter.events.records import Stream, Tie
from exporter.observe.arguments import short
from exporter.observe.listeners import RedisListener
from exporter.observe.receiver import Receiver
from exporter.observe.redis_link import BrokerOptions, connect
from exporter.service.historian import Historian
from tests.integration.events.sender import Sender
from tests.integration.observe.workers.real_workers import until
from tests.unit.events.samples import TIMELINE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exporter.events.reading import Material


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """Return a Valkey of this module's own, which tests stop and start."""
    with Valkey(tmp_path_factory.mktemp("broker")) as server:
        yield server


@dataclass
class Keeping:
    """A historian that listens; its database can be taken away from it."""

    journal_url: str
    intake: Intake = field(
        default_factory=lambda: Intake(instance="host:1", reader=short, capacity=100, patience=0.1)
    )
    away: bool = False

    def open_history(self) -> History:
        """Open it, if it is there."""
        if self.away:
            raise HistoryError("the history is away")
        return History.kept(self.journal_url)

    def tie(self, *task_ids: str) -> None:
        """Have a scan find tasks of the timeline."""
        now = time.time()
        self.intake.scanned(now, ties=[Tie(task_id, now, TIMELINE) for task_id in task_ids])

    def material(self) -> Material:
        """What is stored of the timeline."""
        history = History.kept(self.journal_url)
        try:
            return history.material(TIMELINE)
        finally:
            history.close()

    def tasks(self) -> list[str]:
        """The tasks of stored events, in their order."""
        return [event.task_id for event in self.material().events]


@contextmanager
def keeping(listener: RedisListener, directory: Path) -> Iterator[Keeping]:
    """Yield a historian that listens to a broker."""
    kept = Keeping(f"sqlite:///{directory / 'journal.db'}")
    historian = Historian(kept.open_history, kept.intake, retention=86_400.0, max_rows=1_000)
    receiver = Receiver(listener, Ears(kept.intake, Stream.TASKS), name="task events")
    receiver.start()
    historian.start()
    until(lambda: _listens(kept.intake))
    try:
        yield kept
    finally:
        receiver.stop()
        historian.stop(10.0)


def _wait_received(intake: Intake, events: int) -> None:
    until(lambda: intake.received.get(Stream.TASKS) == events)


def _wait_stored(kept: Keeping, task: str) -> None:
    until(lambda: task in kept.tasks())


def _listens(intake: Intake) -> bool:
    return Stream.TASKS in intake.watching


def test_lists_and_single_events(broker: Valkey, tmp_path: Path) -> None:
    """Both forms in which workers send events are stored, none is lost, none is there twice."""
    link = connect(BrokerOptions(broker.url))
    with keeping(RedisListener(link, "task"), tmp_path) as kept, Sender(broker.url) as sender:
        one, many = [f"one-{n}" for n in range(20)], [f"many-{n}" for n in range(50)]
        kept.tie(*one, *many)
        sender.each(one)
        sender.together(many)
        until(lambda: len(kept.tasks()) == 70)
        assert kept.tasks() == [*one, *many]
        assert kept.intake.dropped == {}
    link.close()


def test_a_broker_that_was_started_anew_leaves_a_gap(broker: Valkey, tmp_path: Path) -> None:
    """What was sent before and after is there, and between them a gap that says why."""
    link = connect(BrokerOptions(broker.url))
    with keeping(RedisListener(link, "task"), tmp_path) as kept:
        kept.tie("before", "after")
        with Sender(broker.url) as sender:
            sender.each(["before"])
            until(lambda: kept.tasks() == ["before"])
        broker.kill()
        until(lambda: not _listens(kept.intake))
        broker.start()
        until(lambda: _listens(kept.intake))
        with Sender(broker.url) as sender:
            sender.each(["after"])
            until(lambda: kept.tasks() == ["before", "after"])
        before, after = kept.material().events
        (gap,) = gaps(kept.material().watches)
        assert before.at <= gap.began_at < gap.until_at <= after.at
        assert "broker" in gap.because
    link.close()


def test_a_history_that_is_away_costs_events_and_no_memory(broker: Valkey, tmp_path: Path) -> None:
    """What finds no room while nothing can be stored is counted, and is a gap; then it goes on."""
    link = connect(BrokerOptions(broker.url))
    with keeping(RedisListener(link, "task"), tmp_path) as kept, Sender(broker.url) as sender:
        kept.tie("last")
        until(lambda: not kept.intake.is_waiting)
        file = tmp_path / "journal-history.db"
        file.rename(tmp_path / "moved")
        kept.away = True
        for burst in range(5):
            sender.together([f"{burst}-{number}" for number in range(60)])
            _wait_received(kept.intake, 60 * (burst + 1))
        assert kept.intake.dropped[Stream.TASKS] >= 60
        (tmp_path / "moved").rename(file)
        kept.away = False
        until(lambda: not kept.intake.is_waiting)
        sender.each(["last"])
        until(lambda: kept.tasks() == ["last"])
        assert "more came than could be stored" in {
            gap.because for gap in gaps(kept.material().watches)
        }
    link.close()


def test_a_stop_and_a_start_are_a_gap(broker: Valkey, tmp_path: Path) -> None:
    """What a stopped exporter missed is told as such by the next one."""
    link = connect(BrokerOptions(broker.url))
    for task in ("first", "second"):
        with keeping(RedisListener(link, "task"), tmp_path) as kept, Sender(broker.url) as sender:
            kept.tie(task)
            sender.each([task])
            _wait_stored(kept, task)
    found = kept.material()
    assert [event.task_id for event in found.events] == ["first", "second"]
    assert [gap.because for gap in gaps(found.watches) if Stream.TASKS in gap.streams] == [
        "the exporter was stopped"
    ]
    link.close()
