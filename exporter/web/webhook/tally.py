"""What the webhook was sent since the process started, counted for the metrics."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from exporter.metrics.published import WebhookFigures

if TYPE_CHECKING:
    from collections.abc import Mapping


class Tally:
    """Counters that several threads may add to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._codes: Counter[str] = Counter()
        self._alerts: Counter[str] = Counter()
        self._truncated = 0

    def answered(self, code: int) -> None:
        """Count an answer."""
        with self._lock:
            self._codes[str(code)] += 1

    def took_in(self, alerts: Mapping[str, int], *, truncated: int) -> None:
        """Count the alerts of a notification by their statuses, and those cut from it."""
        with self._lock:
            self._alerts.update(alerts)
            self._truncated += truncated

    def figures(self) -> WebhookFigures:
        """The counts so far."""
        with self._lock:
            return WebhookFigures(dict(self._codes), dict(self._alerts), self._truncated)
