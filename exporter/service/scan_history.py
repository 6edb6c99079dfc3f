"""The last scans, and the last one that read Timesketch's database: what pages show of the past."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from exporter.web.views.scan_record import record_of

if TYPE_CHECKING:
    from exporter.snapshot import Judgement
    from exporter.web.views.scan_record import ScanRecord

MOST_SCANS = 20
"""So many scans are kept."""


class ScanHistory:
    """Remembers in memory; one thread adds, any may read."""

    def __init__(self, most: int = MOST_SCANS) -> None:
        self._lock = threading.Lock()
        self._records: deque[ScanRecord] = deque(maxlen=most)
        self._last_read: Judgement | None = None

    def add(self, judgement: Judgement) -> None:
        """Remember a scan."""
        record = record_of(judgement)
        with self._lock:
            self._records.appendleft(record)
            if judgement.statuses is not None:
                self._last_read = judgement

    def records(self) -> tuple[ScanRecord, ...]:
        """The last scans, the newest first."""
        with self._lock:
            return tuple(self._records)

    def last_read(self) -> Judgement | None:
        """The last judgement that rests on a reading of Timesketch's database."""
        with self._lock:
            return self._last_read
