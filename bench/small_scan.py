"""A scan of a small installation: 3 real workers, 50 processing timelines, everybody answering."""

from __future__ import annotations

from typing import TYPE_CHECKING

import redis

from bench import waiting
from bench.messages import fill_queue
from bench.site import Site
from exporter.demo.worker import Connections, start_worker

if TYPE_CHECKING:
    from pathlib import Path

_NODES = "_kombu.binding.celery.pidbox"
_WORKERS = 3
_PROCESSING = 50
QUICK = {"scans": 5}


def measure(directory: Path, *, scans: int = 100) -> dict[str, object]:
    """Return the figures of scans with everything in place, and with one worker stopped."""
    with Site(directory) as site:
        site.fill(timelines=500, processing=_PROCESSING, sketches=60)
        for number in range(_WORKERS):
            workplace = directory / f"worker{number}"
            workplace.mkdir()
            connections = Connections(site.broker_url, site.database_url)
            site.worker(start_worker(f"celery@w{number}", connections, workplace))
        # Not by a ping: who has asked once looks like a worker in shutdown from then on.
        with redis.Redis.from_url(site.broker_url) as client:
            waiting.until(lambda: client.scard(_NODES) == _WORKERS, "workers listen")
        # Nobody consumes this queue: the messages stay, as behind busy workers.
        fill_queue(
            site.broker_url,
            messages=_PROCESSING,
            timelines=range(1, _PROCESSING + 1),
            size=2_000,
            queue="waiting",
        )
        figures = site.scans(count=scans, queues="celery,waiting")
    return {
        "target": {"median_seconds": 0.1},
        "processing_timelines": _PROCESSING,
        "workers_are": "real Celery workers",
        **figures,
    }
