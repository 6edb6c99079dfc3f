"""What users expect of every Python exporter: figures of the process and its interpreter."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.registry import Collector

from exporter.metrics.exposition import Lasting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prometheus_client.core import Metric

FRESH_SECONDS = 10.0
"""Figures no older than this are shown again; Prometheus seldom asks more often."""


class Runtime(Collector):
    """prometheus_client's own collectors, asked now and then.

    They open a dozen files of /proc. While a scan is under way in another thread, the interpreter
    has to be waited for after each, which made these few lines the slowest part of a scrape.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._sources = CollectorRegistry()
        ProcessCollector(registry=self._sources)
        PlatformCollector(registry=self._sources)
        GCCollector(registry=self._sources)
        self._families: tuple[Metric, ...] = ()
        self._read_at = float("-inf")

    def read(self) -> None:
        """Take the figures of this moment."""
        self._families = tuple(_lasting(family) for family in self._sources.collect())
        self._read_at = self._monotonic()

    def collect(self) -> Iterable[Metric]:
        """The figures taken last, or new ones where those are too old."""
        if self._monotonic() - self._read_at > FRESH_SECONDS:
            self.read()
        return self._families


def _lasting(family: Metric) -> Lasting:
    made = Lasting(family.name, family.documentation, family.type, family.unit)
    made.samples = family.samples
    return made
