"""Who was refused to act since the process started, counted for the metrics."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Reason = Literal["role", "csrf", "confirm"]


class Refusals:
    """Counters that several threads may add to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def count(self, reason: Reason) -> None:
        """Count a refusal."""
        with self._lock:
            self._counts[reason] += 1

    def counts(self) -> Mapping[str, int]:
        """The counts so far, by reason."""
        with self._lock:
            return dict(self._counts)
