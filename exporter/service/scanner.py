"""The scan loop: observe, judge, publish, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from exporter.judge import Memory, judge
from exporter.metrics.catalogue import FAULT
from exporter.metrics.published import Published
from exporter.service.changes import log_changes
from exporter.snapshot import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from exporter.judge import Rules
    from exporter.snapshot import Judgement, Snapshot

_log = logging.getLogger(__name__)


def delay(started: float, interval: float, now: float) -> float:
    """Seconds until the next scan: an interval after the last one's start, at once if late."""
    return max(0.0, started + interval - now)


class Scanner:
    """Scans until stopped and holds what the last scan said.

    One thread scans, so scans never overlap; any thread may read. `observe` gets the task ids
    whose results are wanted.
    """

    def __init__(
        self,
        observe: Callable[[Collection[str]], Snapshot],
        rules: Rules,
        *,
        interval: float,
        sources: tuple[Source, ...] = tuple(Source),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._observe = observe
        self._rules = rules
        self._interval = interval
        self._sources = sources
        self._monotonic = monotonic
        self._memory = Memory.empty()
        self._lock = threading.Lock()
        self._judgement: Judgement | None = None
        self._failures: Counter[str] = Counter()
        self._attempted = threading.Event()
        self._stopping = threading.Event()
        self._after: Callable[[], None] = lambda: None
        # A driver may be waiting for its time-out when the process is told to end.
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)

    def start(self, *, after: Callable[[], None] = lambda: None) -> None:
        """Begin to scan; `after` is called in the scanner's thread once a scan is published."""
        self._after = after
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let the loop end after the scan that it is in; returns at once."""
        self._stopping.set()

    def stop(self, timeout: float) -> bool:
        """Ask the loop to end and wait so many seconds; whether it did."""
        self.ask_to_stop()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def attempted(self) -> bool:
        """Whether a scan has been tried, with whatever success."""
        return self._attempted.is_set()

    def published(self) -> Published:
        """What is known right now."""
        with self._lock:
            return Published(self._judgement, dict(self._failures), self._sources)

    def count_fault(self) -> None:
        """Count a fault of the exporter itself."""
        with self._lock:
            self._failures[FAULT] += 1

    def scan(self) -> None:
        """Make one scan and publish it."""
        snapshot = self._observe(self._memory.task_ids)
        judgement, memory = judge(snapshot, self._memory, self._rules)
        with self._lock:
            previous, self._judgement, self._memory = self._judgement, judgement, memory
            self._failures.update(
                str(health.source) for health in judgement.sources if not health.up
            )
        log_changes(previous, judgement)

    def _run(self) -> None:
        while not self._stopping.is_set():
            started = self._monotonic()
            try:
                self.scan()
                self._after()
            except Exception:  # noqa: BLE001 - the loop must outlive every fault; it is counted
                _log.exception("scan failed")
                self.count_fault()
            self._attempted.set()
            self._stopping.wait(delay(started, self._interval, self._monotonic()))
