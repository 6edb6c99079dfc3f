"""The scan loop: observe, judge, publish, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from exporter.judge import Memory, judge
from exporter.metrics.catalogue import FAULT
from exporter.metrics.published import Published
from exporter.service.changes import log_changes
from exporter.service.loop import Loop
from exporter.snapshot import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from exporter.judge import Rules
    from exporter.snapshot import Judgement, Snapshot


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
        self._sources = sources
        self._memory = Memory.empty()
        self._changed = threading.Condition()
        self._judgement: Judgement | None = None
        self._failures: Counter[str] = Counter()
        self._begun = 0
        self._published = 0
        self._attempted = threading.Event()
        self._after: Callable[[], None] = lambda: None
        self._loop = Loop(
            "scan", self._round, interval=interval, failed=self.count_fault, monotonic=monotonic
        )

    def start(self, *, after: Callable[[], None] = lambda: None) -> None:
        """Begin to scan; `after` is called in the scanner's thread once a scan is published."""
        self._after = after
        self._loop.start()

    def ask_to_stop(self) -> None:
        """Let the loop end after the scan that it is in; returns at once."""
        self._loop.ask_to_stop()

    def stop(self, timeout: float) -> bool:
        """Ask the loop to end and wait so many seconds; whether it did."""
        return self._loop.stop(timeout)

    @property
    def attempted(self) -> bool:
        """Whether a scan has been tried, with whatever success."""
        return self._attempted.is_set()

    def published(self) -> Published:
        """What is known right now."""
        with self._changed:
            return Published(self._judgement, dict(self._failures), self._sources)

    def fresh(self, timeout: float) -> Judgement | None:
        """The judgement of a scan that begins after this call, which is made at once.

        None if there is none within so many seconds.
        """
        with self._changed:
            wanted = self._begun + 1
            self._loop.wake()
            if self._changed.wait_for(lambda: self._published >= wanted, timeout):
                return self._judgement
            return None

    def count_fault(self) -> None:
        """Count a fault of the exporter itself."""
        with self._changed:
            self._failures[FAULT] += 1

    def scan(self) -> None:
        """Make one scan and publish it."""
        with self._changed:
            self._begun += 1
        snapshot = self._observe(self._memory.task_ids)
        judgement, memory = judge(snapshot, self._memory, self._rules)
        with self._changed:
            previous, self._judgement, self._memory = self._judgement, judgement, memory
            self._failures.update(
                str(health.source) for health in judgement.sources if not health.up
            )
            self._published = self._begun
            self._changed.notify_all()
        log_changes(previous, judgement)

    def _round(self) -> None:
        try:
            self.scan()
            self._after()
        finally:
            self._attempted.set()
