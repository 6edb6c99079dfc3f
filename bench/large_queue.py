"""Scans of a queue of 100,000 messages of 20 KiB, of which hardly any is new in the next scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.messages import fill_queue, longest_command, watch_commands
from bench.site import Site

if TYPE_CHECKING:
    from pathlib import Path

MESSAGES = 100_000
QUICK = {"messages": 2_000}
_MESSAGE_SIZE = 20 * 1024
_PROCESSING = 2_000


def measure(directory: Path, messages: int = MESSAGES) -> dict[str, object]:
    """Return seconds of the first and the following scans, and memory growth.

    The messages are pieces of streamed uploads to timelines that are all processing, so every one
    of them is evidence.
    """
    with Site(directory) as site:
        site.fill(timelines=_PROCESSING, processing=_PROCESSING, sketches=100)
        site.stand_ins(2)
        fill_queue(
            site.broker_url,
            messages=messages,
            timelines=range(1, _PROCESSING + 1),
            size=_MESSAGE_SIZE,
        )
        watch_commands(site.broker_url)
        figures = site.scans(count=6) | longest_command(site.broker_url)
    return {
        "target": {"first_seconds": 10.0, "median_seconds": 1.0, "memory_growth_mib": 64},
        "messages": messages,
        "message_bytes": _MESSAGE_SIZE,
        "processing_timelines": _PROCESSING,
        **figures,
    }
