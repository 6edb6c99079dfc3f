"""What `serve` and Flower cost while nothing happens: 3 real workers at rest, default settings.

Both are beside the same workers at the same time, and scraped as Prometheus would.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil

from bench.serving import flower, serve
from bench.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from bench.serving import Served

_TIMELINES = 20
_SCRAPE_EVERY = 15.0

QUICK = {"seconds": 2.0, "settle": 0.0, "workers": 1}


def measure(
    directory: Path, *, seconds: float = 600.0, settle: float = 30.0, workers: int = 3
) -> dict[str, object]:
    """Return how busy each keeps a core, and its size, `settle` seconds after its start."""
    with Site(directory) as site:
        site.fill(timelines=_TIMELINES, processing=0, sketches=4)
        site.workers(workers)
        with serve(site) as ours, flower(site) as flowers:
            _scrape_for(settle, ours, flowers)
            before = {each: _used(each) for each in (ours, flowers)}
            began = time.monotonic()
            _scrape_for(seconds, ours, flowers)
            took = time.monotonic() - began
            after = {each: _used(each) for each in (ours, flowers)}
            cpu, wakeups = (
                {each: (after[each][n] - before[each][n]) / took for each in (ours, flowers)}
                for n in (0, 1)
            )
            sizes = {each: each.resident_mib() for each in (ours, flowers)}
    return {
        "target": {"cpu_percent_of_a_core": 1.0},
        "workers": workers,
        "timelines": _TIMELINES,
        "seconds": round(took),
        "scraped_every_seconds": _SCRAPE_EVERY,
        "cpu_percent_of_a_core": round(cpu[ours] * 100, 2),
        "wakeups_per_second": round(wakeups[ours], 1),
        "resident_mib": sizes[ours],
        "flower_cpu_percent_of_a_core": round(cpu[flowers] * 100, 2),
        "flower_wakeups_per_second": round(wakeups[flowers], 1),
        "flower_resident_mib": sizes[flowers],
        "ratio_of_cpu": round(cpu[ours] / cpu[flowers], 2) if cpu[flowers] else None,
        "ratio_of_memory": round(sizes[ours] / sizes[flowers], 2),
    }


def _scrape_for(seconds: float, *served: Served) -> None:
    """Scrape them all by their interval for so long."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        for each in served:
            each.get("/metrics")
        time.sleep(min(_SCRAPE_EVERY, left))


def _used(served: Served) -> tuple[float, int]:
    """Return seconds of processor time, and how often a thread of it has waited for something."""
    process = psutil.Process(served.process.pid)
    threads = process.threads()
    voluntary = sum(psutil.Process(thread.id).num_ctx_switches().voluntary for thread in threads)
    return served.cpu_seconds(), voluntary
