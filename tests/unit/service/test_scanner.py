"""The scan loop outlives faults, publishes what it knows and keeps its rhythm."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from exporter.judge import Rules
from exporter.service.scanner import Scanner
from exporter.snapshot import (
    DatabaseReading,
    HeartbeatReading,
    Snapshot,
    Source,
    SourceHealth,
    Wanted,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LONG = 10.0


def snapshot(tick: float, *, up: bool = True) -> Snapshot:
    """A scan that read a database without timelines, or could not."""
    reading = DatabaseReading() if up else None
    return Snapshot(
        at=1000.0 + tick,
        tick=tick,
        seconds=0.1,
        before=Wanted() if up else None,
        broker=None,
        workers=None,
        heartbeats=HeartbeatReading(),
        results=None,
        after=reading,
        sources=(SourceHealth(Source.DATABASE, up=up, seconds=0.1, error=None if up else "gone"),),
    )


class Observed:
    """Scripted scans: each item is a snapshot to return or an error to raise; the last repeats."""

    def __init__(self, *script: Snapshot | Exception) -> None:
        self._script = list(script)
        self.calls = 0
        self.reached = threading.Event()
        self.wanted_calls = len(script)

    def __call__(self, task_ids: Collection[str]) -> Snapshot:
        """Play the next item."""
        assert not isinstance(task_ids, str)
        item = self._script[min(self.calls, len(self._script) - 1)]
        self.calls += 1
        if self.calls > self.wanted_calls:
            self.reached.set()
        if isinstance(item, Exception):
            raise item
        return item


@pytest.fixture
def scanners() -> Iterator[list[Scanner]]:
    """Scanners that are stopped after the test."""
    made: list[Scanner] = []
    yield made
    for scanner in made:
        assert scanner.stop(LONG)


def test_nothing_is_published_before_the_first_scan() -> None:
    """A new scanner publishes no judgement, and has attempted nothing."""
    scanner = Scanner(Observed(snapshot(0.0)), Rules(), interval=1.0, sources=(Source.DATABASE,))
    assert scanner.published().judgement is None
    assert scanner.published().sources == (Source.DATABASE,)
    assert not scanner.attempted


def test_scan_publishes_its_judgement() -> None:
    """After a scan its judgement is what is published."""
    scanner = Scanner(Observed(snapshot(1.0)), Rules(), interval=1.0)
    scanner.scan()
    judgement = scanner.published().judgement
    assert judgement is not None
    assert judgement.at == 1001.0


def test_sources_that_fail_are_counted() -> None:
    """Each scan that could not read a source counts once for it."""
    scanner = Scanner(Observed(snapshot(1.0, up=False)), Rules(), interval=1.0)
    scanner.scan()
    scanner.scan()
    assert scanner.published().failures == {"database": 2}


def test_loop_outlives_faults(scanners: list[Scanner]) -> None:
    """A fault of the exporter's own is counted, and the next scan is made all the same."""
    observed = Observed(RuntimeError("a bug"), snapshot(1.0))
    scanner = Scanner(observed, Rules(), interval=0.001)
    scanners.append(scanner)
    scanner.start()
    assert observed.reached.wait(LONG)
    assert scanner.attempted
    assert scanner.published().failures == {"exporter": 1}
    assert scanner.published().judgement is not None


def test_whoever_wants_to_know_is_told_after_each_scan(scanners: list[Scanner]) -> None:
    """Once a scan is published its follower is called, and a fault of its own ends nothing."""
    told: list[float | None] = []
    twice = threading.Event()
    scanner = Scanner(Observed(snapshot(1.0)), Rules(), interval=0.001)
    scanners.append(scanner)

    def follow() -> None:
        judgement = scanner.published().judgement
        told.append(judgement.at if judgement else None)
        if len(told) > 1:
            twice.set()
        raise RuntimeError("a bug")

    scanner.start(after=follow)
    assert twice.wait(LONG)
    assert told[:2] == [1001.0, 1001.0]
    assert scanner.published().failures["exporter"] >= 1


def test_stop_does_not_wait_for_the_interval() -> None:
    """A scanner that waits for its next scan ends at once."""
    observed = Observed(snapshot(1.0))
    scanner = Scanner(observed, Rules(), interval=3600.0)
    scanner.start()
    assert scanner.stop(LONG)


def test_stop_leaves_a_stuck_driver_behind() -> None:
    """A scan that does not end does not keep the scanner from saying so."""
    release = threading.Event()

    def stuck(_task_ids: Collection[str]) -> Snapshot:
        release.wait(LONG)
        return snapshot(1.0)

    scanner = Scanner(stuck, Rules(), interval=1.0)
    scanner.start()
    assert not scanner.stop(0.01)
    release.set()
    assert scanner.stop(LONG)


def test_a_fresh_scan_begins_after_it_was_asked_for(scanners: list[Scanner]) -> None:
    """Whoever asks while a scan is under way gets the judgement of the next one, at once."""
    under_way, go_on = threading.Event(), threading.Event()
    ticks = iter(range(1, 10))

    def observe(_task_ids: Collection[str]) -> Snapshot:
        tick = next(ticks)
        if tick == 1:
            under_way.set()
            assert go_on.wait(LONG)
        return snapshot(float(tick))

    scanner = Scanner(observe, Rules(), interval=3600.0)
    scanners.append(scanner)
    scanner.start()
    assert under_way.wait(LONG)
    threading.Timer(0.0, go_on.set).start()
    judgement = scanner.fresh(LONG)
    assert judgement is not None
    assert judgement.tick >= 2.0


def test_no_fresh_scan_is_none(scanners: list[Scanner]) -> None:
    """Where no scan succeeds in time there is no judgement, however old one there is."""
    scanner = Scanner(Observed(snapshot(1.0), RuntimeError("a bug")), Rules(), interval=3600.0)
    scanners.append(scanner)
    scanner.scan()
    scanner.start()
    assert scanner.fresh(0.05) is None
    assert scanner.published().judgement is not None
