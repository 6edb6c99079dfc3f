"""A scan, and the check that the design behind google/timesketch#3302 makes, by number of sketches.

That one asks the database once a sketch, and the workers once a check what they have active. Both
look at the same installation: 20 workers that answer, and messages of all others in the queue.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

from bench.messages import fill_queue
from bench.peer_3302 import stuck
from bench.site import Site
from exporter.demo.tasks import celery_app

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from celery import Celery
    from sqlalchemy import Engine

_TIMELINES_A_SKETCH = 4
_PROCESSING_SHARE = 0.1
_LIVING = text(
    "SELECT sketch.id FROM sketch JOIN sketch_status ON sketch_status.parent_id = sketch.id"
    " WHERE sketch_status.status IN ('new', 'ready')"
)
_OF_SKETCH = text(
    "SELECT timeline.id FROM timeline JOIN timeline_status AS s ON s.parent_id = timeline.id"
    " WHERE timeline.sketch_id = :sketch AND s.status = 'processing'"
)

QUICK = {"sizes": (20,), "checks": 2, "workers": 2}


def measure(
    directory: Path,
    *,
    sizes: Sequence[int] = (500, 5_000),
    checks: int = 10,
    workers: int = 20,
) -> dict[str, object]:
    """Return seconds of both, and the ratio, by the number of sketches."""
    sketches = {}
    for size in sizes:
        place = directory / str(size)
        place.mkdir()
        # Searchable by others: as root, the database server runs as user nobody.
        place.chmod(0o711)
        sketches[str(size)] = _both(place, size, checks=checks, workers=workers)
    return {"workers_are": "light stand-ins (bench/stand_ins.py)", "sketches": sketches}


def _both(directory: Path, sketches: int, *, checks: int, workers: int) -> dict[str, object]:
    timelines = sketches * _TIMELINES_A_SKETCH
    processing = int(timelines * _PROCESSING_SHARE)
    with Site(directory) as site:
        site.fill(timelines=timelines, processing=processing, sketches=sketches)
        site.stand_ins(workers)
        fill_queue(
            site.broker_url,
            messages=processing,
            timelines=range(1, processing + 1),
            size=2_000,
        )
        ours = site.scans(count=checks)
        # Second, since who has asked workers once looks like one in shutdown from then on.
        theirs, called = _check(site, checks)
    return {
        "timelines": timelines,
        "processing": processing,
        "scan_median_seconds": ours["median_seconds"],
        "scan_orphaned": ours["verdicts"].get("orphaned", 0),
        "obvious_median_seconds": round(statistics.median(theirs), 4),
        "obvious_called_stuck": called,
        "obvious_queries": sketches + 1,
        "ratio": round(ours["median_seconds"] / statistics.median(theirs), 3),
    }


def _check(site: Site, checks: int) -> tuple[list[float], int]:
    """Check so often; return the seconds of each, and how many timelines are called stuck."""
    engine, app = create_engine(site.database_url), celery_app(site.broker_url)
    took = []
    for _ in range(checks):
        began = time.perf_counter()
        called = len(_stuck(engine, app))
        took.append(time.perf_counter() - began)
    app.close()
    engine.dispose()
    return took, called


def _stuck(engine: Engine, app: Celery) -> frozenset[int]:
    """Return what the design calls stuck."""
    with engine.connect() as connection:
        rows = [
            timeline_id
            for sketch in connection.execute(_LIVING).scalars().all()
            for timeline_id in connection.execute(_OF_SKETCH, {"sketch": sketch}).scalars()
        ]
    return stuck(rows, app.control.inspect().active() or {})
