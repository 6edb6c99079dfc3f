"""A scan over a million timelines, 20,000 queued messages of 20 KiB and 20 answering workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.messages import fill_queue
from bench.site import Site

if TYPE_CHECKING:
    from pathlib import Path

_TIMELINES = 1_000_000
_PROCESSING = 2_000
_SKETCHES = 50_000
_MESSAGES = 20_000
_MESSAGE_SIZE = 20 * 1024
_WORKERS = 20


def measure(directory: Path) -> dict[str, object]:
    """Return seconds and memory growth; timelines are counted in the first scan only."""
    with Site(directory) as site:
        site.fill(timelines=_TIMELINES, processing=_PROCESSING, sketches=_SKETCHES)
        site.stand_ins(_WORKERS)
        fill_queue(
            site.broker_url,
            messages=_MESSAGES,
            timelines=range(1, _PROCESSING + 1),
            size=_MESSAGE_SIZE,
        )
        figures = site.scans(count=5)
    return {
        "target": {"first_seconds": 3.0, "memory_growth_mib": 64},
        "timelines": _TIMELINES,
        "processing_timelines": _PROCESSING,
        "messages": _MESSAGES,
        "message_bytes": _MESSAGE_SIZE,
        "workers_are": "light stand-ins (bench/stand_ins.py)",
        **figures,
    }
