"""What `serve` takes of memory, from a small installation to a large one, while it is scraped."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.messages import fill_queue
from bench.serving import serve, wait_complete
from bench.site import Site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIZES = ((10, 3), (1_000, 100), (10_000, 1_000))
"""Processing timelines, and workers."""
_LARGEST = "10000 processing, 1000 workers"
QUICK = {"sizes": SIZES[:1], "scrapes": 3}
_PAUSE = 1.0


def measure(
    directory: Path, *, sizes: Sequence[tuple[int, int]] = SIZES, scrapes: int = 40
) -> dict[str, object]:
    """Return the largest size of the process over so many scrapes, a second apart."""
    found = {
        f"{processing} processing, {workers} workers": _resident(
            directory / str(workers), processing, workers, scrapes
        )
        for processing, workers in sizes
    }
    return {
        "target": {f"{_LARGEST}.largest_mib": 120} if _LARGEST in found else {},
        "workers_are": "light stand-ins (bench/stand_ins.py)",
        **found,
    }


def _resident(directory: Path, processing: int, workers: int, scrapes: int) -> dict[str, float]:
    directory.mkdir()
    with Site(directory) as site:
        site.fill(timelines=2 * processing, processing=processing, sketches=processing // 5)
        site.stand_ins(workers)
        fill_queue(
            site.broker_url, messages=processing, timelines=range(1, processing + 1), size=2_000
        )
        # A thousand stand-ins are one process, which needs seconds for all their answers.
        with serve(site, workers__timeout="60s") as ours:
            wait_complete(ours)
            sizes = []
            for _ in range(scrapes):
                ours.get("/metrics")
                sizes.append(ours.resident_mib())
                time.sleep(_PAUSE)
    return {"largest_mib": max(sizes), "last_mib": sizes[-1]}
