"""A scan of a small installation: 3 real workers, 50 processing timelines, everybody answering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.site import Site

if TYPE_CHECKING:
    from pathlib import Path

_PROCESSING = 50
QUICK = {"scans": 5, "workers": 1}


def measure(directory: Path, *, scans: int = 100, workers: int = 3) -> dict[str, object]:
    """Return the figures of scans with everything in place, and with one worker stopped."""
    with Site(directory) as site:
        site.fill(timelines=500, processing=_PROCESSING, sketches=60)
        site.workers(workers)
        figures = site.scans(count=scans, queues=site.fill_waiting(_PROCESSING))
    return {
        "target": {"median_seconds": 0.1},
        "processing_timelines": _PROCESSING,
        "workers_are": "real Celery workers",
        **figures,
    }
