"""The order of a scan, and what it makes of sources that are down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.errors import (
    BrokerUnreachableError,
    DatabaseUnreachableError,
    ResultBackendError,
    SourceError,
)
from exporter.observe.scan import Observer
from exporter.observe.task_index import TaskIndex
from exporter.snapshot import (
    BrokerReading,
    DatabaseReading,
    HeartbeatReading,
    Indexed,
    Place,
    ProcessingTimeline,
    Sighting,
    Source,
    UnfinishedAnalysis,
    Wanted,
    WorkersReading,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

DATABASE = DatabaseReading(
    timelines=(ProcessingTimeline(1, 5, "disk", "index-1", 10, 60.0),),
    analyses=(UnfinishedAnalysis(2, 5, 1, None, None, "tagger", "PENDING", 11, 60.0, 60.0),),
)
SEEN = Sighting("t1", "timesketch.lib.tasks.run_plaso", Place.QUEUE, "celery", timeline_id=1)
WANTED = Wanted(frozenset({1}), frozenset({2}), frozenset({"index-1"}))


class World:
    """All sources at once: notes who was read when, and fails where told to."""

    def __init__(self, **failures: SourceError) -> None:
        self.calls: list[str] = []
        self.wanted: list[Wanted] = []
        self.index = TaskIndex()
        self.now = 100.0
        self._failures = failures
        self.observer = Observer(
            timelines=_Timelines(self),
            broker=_Broker(self),
            workers=_Workers(self),
            heartbeats=_Heartbeats(self),
            results=_Results(self),
            indexed=_Indexed(self),
            index=self.index,
            clock=lambda: 5000.0,
            monotonic=lambda: self.now,
        )

    def read(self, what: str, source: str) -> None:
        """Note a call; each takes a second."""
        self.calls.append(what)
        self.now += 1.0
        if source in self._failures:
            raise self._failures[source]


class _Part:
    def __init__(self, world: World) -> None:
        self.world = world

    def close(self) -> None:
        self.world.calls.append(f"close {type(self).__name__}")


class _Timelines(_Part):
    def wanted(self) -> Wanted:
        self.world.read("database, first look", "database")
        return WANTED

    def read(self) -> DatabaseReading:
        self.world.read("database", "database")
        return DATABASE


class _Broker(_Part):
    def read(self, wanted: Wanted) -> BrokerReading:
        self.world.read("broker", "broker")
        self.world.wanted.append(wanted)
        return BrokerReading(sightings=(SEEN,))


class _Workers(_Part):
    def ask(self, wanted: Wanted | None = None) -> WorkersReading:
        self.world.read("workers", "workers")
        assert wanted is not None
        self.world.wanted.append(wanted)
        # What the queue showed is known before workers are asked.
        if self.world.wanted[0].timeline_ids:
            assert self.world.index.subject("t1") is not None
        return WorkersReading(receivers=0)

    def queues_consumed(self) -> frozenset[str]:
        return frozenset()


class _Heartbeats(_Part):
    def read(self) -> HeartbeatReading:
        return HeartbeatReading(listening_since_tick=1.0)

    def stop(self) -> None:
        self.close()


class _Results(_Part):
    def read(self, task_ids: Collection[str]) -> Mapping[str, str]:
        self.world.read("results", "results")
        return dict.fromkeys(task_ids, "PENDING")


class _Indexed(_Part):
    def read(self) -> Mapping[int, Indexed]:
        self.world.read("events", "opensearch")
        return {1: Indexed(7, self.world.now)}


def test_reads_in_the_order_in_which_tasks_move() -> None:
    """Database, queues and unacked, workers, results, database again; events take none of it."""
    world = World()
    snapshot = world.observer.observe(["t9"])
    assert world.calls == [
        "database, first look",
        "broker",
        "workers",
        "results",
        "database",
        "events",
    ]
    assert world.wanted == [WANTED, WANTED]
    assert snapshot.indexed == {1: Indexed(7, 106.0)}
    assert snapshot.results == {"t9": "PENDING"}
    assert (snapshot.at, snapshot.tick, snapshot.seconds) == (5000.0, 100.0, 5.0)
    durations = {health.source: health.seconds for health in snapshot.sources}
    assert durations[Source.DATABASE] == 2.0
    assert durations[Source.WORKERS] == 1.0
    assert all(health.up for health in snapshot.sources)
    assert len(snapshot.sources) == len(Source)


def test_a_broker_that_is_down_is_not_waited_for_twice() -> None:
    """Its workers are not asked; the rest of the scan goes on."""
    world = World(broker=BrokerUnreachableError("no broker"))
    snapshot = world.observer.observe()
    assert "workers" not in world.calls
    assert (snapshot.broker, snapshot.workers) == (None, None)
    assert snapshot.after is not None
    down = {health.source: health.error for health in snapshot.sources if not health.up}
    assert down == {
        Source.BROKER: "no broker",
        Source.WORKERS: "not asked, since the broker could not be read",
    }


def test_a_database_that_is_down_is_not_waited_for_twice() -> None:
    """Queues and workers are still seen, though nothing is looked for in them."""
    world = World(database=DatabaseUnreachableError("no database"))
    snapshot = world.observer.observe()
    assert world.calls == ["database, first look", "broker", "workers", "results"]
    assert (snapshot.before, snapshot.after) == (None, None)
    assert snapshot.workers is not None
    assert world.wanted == [Wanted(), Wanted()]


@pytest.mark.parametrize("source", ["workers", "results"])
def test_any_other_source_may_be_down(source: str) -> None:
    """It is None and not up, with its line; everything else is read."""
    world = World(**{source: ResultBackendError("away")})
    snapshot = world.observer.observe()
    assert getattr(snapshot, source) is None
    (down,) = [health for health in snapshot.sources if not health.up]
    assert (down.source, down.error) == (source, "away")
    assert snapshot.after is DATABASE


def test_a_bug_is_no_source_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything but a SourceError ends the scan, and is seen."""
    world = World()
    monkeypatch.setattr(_Broker, "read", lambda _self, _wanted: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        world.observer.observe()


def test_closes_everything() -> None:
    """Listening ends first."""
    world = World()
    world.observer.close()
    assert world.calls == [
        *("close _Heartbeats", "close _Workers", "close _Broker", "close _Indexed"),
    ]
