"""A scan over a million timelines, 20,000 queued messages of 20 KiB and 20 answering workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.messages import fill_queue
from bench.site import Site

if TYPE_CHECKING:
    from pathlib import Path

_MESSAGE_SIZE = 20 * 1024
_WORKERS = 20

QUICK = {"timelines": 20_000, "processing": 100, "messages": 200}


def measure(
    directory: Path,
    *,
    timelines: int = 1_000_000,
    processing: int = 2_000,
    messages: int = 20_000,
) -> dict[str, object]:
    """Return seconds and memory growth; timelines are counted in the first scan only."""
    with Site(directory) as site:
        site.fill(timelines=timelines, processing=processing, sketches=timelines // 20)
        site.stand_ins(_WORKERS)
        fill_queue(
            site.broker_url,
            messages=messages,
            timelines=range(1, processing + 1),
            size=_MESSAGE_SIZE,
        )
        figures = site.scans(count=5)
    return {
        "target": {"first_seconds": 3.0, "memory_growth_mib": 64},
        "timelines": timelines,
        "processing_timelines": processing,
        "messages": messages,
        "message_bytes": _MESSAGE_SIZE,
        "workers_are": "light stand-ins (bench/stand_ins.py)",
        **figures,
    }
