"""A scrape of /metrics of `serve` while it scans: 1,000 processing timelines, 100 workers."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from bench import waiting
from bench.messages import fill_queue
from bench.serving import serve
from bench.site import Site
from bench.spread import within

if TYPE_CHECKING:
    from pathlib import Path

_PAUSE = 0.02
_SCANNED = "timesketch_processing_timelines{"

QUICK = {"scrapes": 20, "processing": 50, "workers": 5}


def measure(
    directory: Path, *, scrapes: int = 1_000, processing: int = 1_000, workers: int = 100
) -> dict[str, object]:
    """Return how long scrapes took and how big the process is after them."""
    with Site(directory) as site:
        site.fill(timelines=10_000, processing=processing, sketches=2_000)
        site.stand_ins(workers)
        # All but the last ten: those are in nobody's hands.
        timelines = range(1, processing - 9)
        fill_queue(site.broker_url, messages=processing, timelines=timelines, size=2_000)
        with serve(site) as ours:
            waiting.until(lambda: _SCANNED in ours.get("/metrics"), "a scan")
            seconds = []
            for _ in range(scrapes):
                began = time.perf_counter()
                body = ours.get("/metrics")
                seconds.append(time.perf_counter() - began)
                time.sleep(_PAUSE)
            resident = ours.resident_mib()
    return {
        "target": {"p99_seconds": 0.02, "resident_mib": 120},
        "processing_timelines": processing,
        "workers": workers,
        "workers_are": "light stand-ins (bench/stand_ins.py)",
        "scrapes": scrapes,
        "bytes": len(body.encode()),
        "median_seconds": round(statistics.median(seconds), 4),
        "p99_seconds": round(within(seconds, 0.99), 4),
        "longest_seconds": round(max(seconds), 4),
        "resident_mib": resident,
    }
