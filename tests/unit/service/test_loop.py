"""A loop keeps its rhythm, can be woken, and outlives whatever goes wrong in a round."""

from __future__ import annotations

import threading

import pytest

from exporter.service.loop import Loop, delay

LONG = 10.0


@pytest.mark.parametrize(
    ("started", "now", "expected"), [(100.0, 101.0, 4.0), (100.0, 105.0, 0.0), (100.0, 200.0, 0.0)]
)
def test_next_scan_starts_an_interval_after_the_last_start(
    started: float, now: float, expected: float
) -> None:
    """The rhythm counts from start to start, and a late scan is followed at once."""
    assert delay(started, 5.0, now) == expected


def test_woken_it_does_not_wait_for_its_interval() -> None:
    """A loop that is woken begins the next round at once."""
    rounds = threading.Semaphore(0)
    loop = Loop("test", rounds.release, interval=3600.0)
    loop.start()
    assert rounds.acquire(timeout=LONG)
    loop.wake()
    assert rounds.acquire(timeout=LONG)
    assert loop.stop(LONG)


def test_woken_in_a_round_it_makes_another() -> None:
    """What comes up during a round is not missed: another round follows."""
    rounds = threading.Semaphore(0)
    loops: list[Loop] = []

    def work() -> None:
        if not loops[0].stopping and not woken.is_set():
            woken.set()
            loops[0].wake()
        rounds.release()

    woken = threading.Event()
    loops.append(Loop("test", work, interval=3600.0))
    loops[0].start()
    assert rounds.acquire(timeout=LONG)
    assert rounds.acquire(timeout=LONG)
    assert loops[0].stop(LONG)


def test_faults_are_logged_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    """A round that raises is logged with its traceback, and the next one follows."""
    rounds, faults = threading.Semaphore(0), threading.Semaphore(0)

    def work() -> None:
        rounds.release()
        raise RuntimeError("a bug")

    loop = Loop("scan", work, interval=0.001, failed=faults.release)
    loop.start()
    for _ in range(2):
        assert rounds.acquire(timeout=LONG)
        assert faults.acquire(timeout=LONG)
    assert loop.stop(LONG)
    assert "scan failed" in caplog.messages


def test_a_loop_told_to_stop_makes_no_round_more() -> None:
    """Whoever asks it to end before it began gets no round at all."""
    rounds: list[int] = []
    loop = Loop("test", lambda: rounds.append(1), interval=0.001)
    loop.ask_to_stop()
    loop.start()
    assert loop.stop(LONG)
    assert rounds == []
