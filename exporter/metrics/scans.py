"""The series about the exporter's own scans."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from exporter import __version__
from exporter.metrics import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.metrics.declaration import Family
    from exporter.metrics.published import Published
    from exporter.snapshot import Judgement


def render(published: Published) -> Iterator[Family]:
    """Families about scans, which exist whatever else is known."""
    judgement = published.judgement
    up = catalogue.SOURCE_UP.family()
    if judgement is None:
        for source in published.sources:
            up.add(0, source=source)
    else:
        for health in judgement.sources:
            up.add(health.up, source=health.source)
    yield up
    if judgement is not None:
        yield from _last(judgement)

    failures = catalogue.SCAN_FAILURES.family()
    for blamed in (*map(str, published.sources), catalogue.FAULT):
        failures.add(published.failures.get(blamed, 0), source=blamed)
    yield failures

    build = catalogue.BUILD_INFO.family()
    build.add(1, version=__version__, python_version=platform.python_version())
    yield build


def _last(judgement: Judgement) -> Iterator[Family]:
    duration = catalogue.SOURCE_DURATION.family()
    for health in judgement.sources:
        duration.add(health.seconds, source=health.source)
    yield duration
    last = catalogue.LAST_SCAN.family()
    last.add(judgement.at)
    yield last
    if judgement.last_complete_at is not None:
        complete = catalogue.LAST_COMPLETE_SCAN.family()
        complete.add(judgement.last_complete_at)
        yield complete
    took = catalogue.SCAN_DURATION.family()
    took.add(judgement.seconds)
    yield took
