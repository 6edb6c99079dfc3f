"""The latest judgement as metric families, rendered once for all scrapes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.registry import Collector

from exporter.metrics import (
    analyses,
    catalogue,
    console,
    history,
    queues,
    repair,
    scans,
    timelines,
    webhook,
    workers,
)
from exporter.metrics.exposition import write_out
from exporter.metrics.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from prometheus_client.core import Metric

    from exporter.metrics.declaration import Family
    from exporter.metrics.published import Limits, Published
    from exporter.snapshot import Judgement

    Part = Callable[[Judgement, Limits, Family], Iterator[Family]]

_log = logging.getLogger(__name__)

PARTS: tuple[Part, ...] = (timelines.render, analyses.render, workers.render, queues.render)


def render(
    published: Published,
    limits: Limits,
    *,
    parts: Iterable[Part] = PARTS,
    broken: Callable[[], None] = lambda: None,
) -> list[Metric]:
    """Every family of one scrape, made afresh."""
    return [*of_judgement(published, limits, parts=parts, broken=broken), *of_scans(published)]


def of_judgement(
    published: Published,
    limits: Limits,
    *,
    parts: Iterable[Part] = PARTS,
    broken: Callable[[], None] = lambda: None,
) -> list[Metric]:
    """The families that tell the latest judgement; none before the first.

    A part that raises costs its own families and no others; `broken` is called for each, so that
    the log line has a counter beside it.
    """
    families: list[Family] = []
    if published.judgement is not None:
        dropped = catalogue.SERIES_DROPPED.family()
        for part in parts:
            try:
                families.extend(list(part(published.judgement, limits, dropped)))
            except Exception:  # noqa: BLE001 - a part that fails must not cost the whole scrape
                _log.exception("metrics left out", extra={"part": part.__module__})
                broken()
        families.append(dropped)
    return [family.metric() for family in families]


def of_scans(published: Published) -> list[Metric]:
    """The families that tell how the exporter itself fares."""
    journal = published.repair.journal
    families = (
        *scans.render(published),
        *repair.render(published.repair),
        *webhook.render(published.webhook, journal.requests if journal else None),
        *console.render(published.refusals),
        *history.render(published.history),
    )
    return [family.metric() for family in families]


class JudgementCollector(Collector):
    """Renders whatever is published at the moment of the scrape."""

    def __init__(
        self,
        published: Callable[[], Published],
        limits: Limits,
        *,
        broken: Callable[[], None] = lambda: None,
    ) -> None:
        self._published = published
        self._limits = limits
        self._broken = broken
        self._of_judgement: tuple[Judgement | None, list[Metric]] = (None, [])
        self._of_scans: tuple[Published | None, list[Metric]] = (None, [])

    def describe(self) -> Iterable[Metric]:
        """Nothing: without this the registry would collect once while registering."""
        return []

    def collect(self) -> Iterable[Metric]:
        """The families of this moment; what has not changed is not rendered again.

        A scrape then hardly competes with the scan that is under way in the same interpreter.
        """
        published = self._published()
        judgement, families = self._of_judgement
        if published.judgement is None or published.judgement is not judgement:
            families = of_judgement(published, self._limits, broken=self._broken)
            self._of_judgement = (published.judgement, families)
        told, own_families = self._of_scans
        if told is None or told.judgement is not published.judgement or told != published:
            own_families = of_scans(published)
            self._of_scans = (published, own_families)
        return [*families, *own_families]


class Registry(CollectorRegistry):
    """The collectors of one exporter, none of which may take long while a scan is under way."""

    def __init__(self, collector: Collector) -> None:
        super().__init__()
        self._runtime = Runtime()
        self.register(collector)
        self.register(self._runtime)

    def prepare(self) -> None:
        """Render and write what the next scrapes will ask for, in every format."""
        self._runtime.read()
        write_out(self.collect())


def registry(collector: Collector) -> Registry:
    """An own registry: this collector and what users expect of every Python exporter."""
    return Registry(collector)
