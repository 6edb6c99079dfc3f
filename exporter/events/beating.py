"""Heartbeats by the minute: one row a worker and minute, however often its heart beats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.events.records import Beats
from exporter.events.taking_in import LONGEST_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

MINUTE = 60.0
_MOST = 10_000


class Beating:
    """Counts since it was drained last.

    `offsets` says by how many seconds workers' clocks are ahead of ours, as they told last.
    """

    def __init__(self) -> None:
        self.offsets: dict[str, float] = {}
        self._counted: dict[str, Beats] = {}
        self._passed: list[Beats] = []

    def note(self, event: Mapping[str, object], *, at: float) -> bool:
        """Take note of an event that came then; whether it is a heartbeat."""
        worker = event.get("hostname")
        if event.get("type") != "worker-heartbeat" or not isinstance(worker, str):
            return False
        if not (0 < len(worker) <= LONGEST_NAME and worker.isprintable()):
            return False
        stamp = event.get("timestamp")
        if isinstance(stamp, float):
            if worker not in self.offsets and len(self.offsets) >= _MOST:
                # The name that came first: pods come and go, and the living count.
                del self.offsets[next(iter(self.offsets))]
            self.offsets[worker] = stamp - at
        minute = int(at // MINUTE)
        before = self._counted.get(worker)
        if before is not None and before.minute == minute:
            self._counted[worker] = Beats(worker, minute, before.beats + 1, at)
        elif before is not None or len(self._counted) < _MOST:
            if before is not None:
                self._passed.append(before)
            self._counted[worker] = Beats(worker, minute, 1, at)
        return True

    def drain(self, *, at: float) -> list[Beats]:
        """Every minute that has more heartbeats than when this was asked before.

        The minute of `at` is not over, and is told again with all that came in it.
        """
        drained = [*self._passed, *self._counted.values()]
        minute = int(at // MINUTE)
        self._passed = []
        self._counted = {each.worker: each for each in drained if each.minute == minute}
        return drained
