"""A thread that does the same thing again and again, and outlives every fault of it."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)


def delay(started: float, interval: float, now: float) -> float:
    """Seconds until the next round: an interval after the last one's start, at once if late."""
    return max(0.0, started + interval - now)


class Loop:
    """Calls `work` each `interval` (seconds, from start to start), or sooner when woken.

    A fault is logged as "`name` failed" and `failed` is called; so there is a counter beside the
    line. The thread is a daemon: a driver may be waiting for its time-out when the process is told
    to end.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], None],
        *,
        interval: float,
        failed: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._work = work
        self._interval = interval
        self._failed = failed
        self._monotonic = monotonic
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin with the first round."""
        self._thread.start()

    def wake(self) -> None:
        """Begin the next round at once, or as soon as the present one has ended."""
        self._woken.set()

    def ask_to_stop(self) -> None:
        """Let it end after the round that it is in; returns at once."""
        self._stopping.set()
        self._woken.set()

    def stop(self, timeout: float) -> bool:
        """Ask it to end and wait so many seconds; whether it did."""
        self.ask_to_stop()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            if self._stopping.is_set():  # asked between the two lines above
                return
            started = self._monotonic()
            try:
                self._work()
            except Exception:  # noqa: BLE001 - the loop must outlive every fault; it is counted
                _log.exception("%s failed", self._name)
                self._failed()
            self._woken.wait(delay(started, self._interval, self._monotonic()))


class Looping:
    """Whoever has a loop: it begins and ends with them."""

    _loop: Loop

    def start(self) -> None:
        """Begin with the first round."""
        self._loop.start()

    def ask_to_stop(self) -> None:
        """Let it end after what it is at; returns at once."""
        self._loop.ask_to_stop()

    def stop(self, timeout: float) -> bool:
        """Ask it to end and wait so many seconds; whether it did."""
        return self._loop.stop(timeout)
