"""From the loss of a message in the queue to its timeline orphaned, 50 times, by absence alone.

Two real workers have their hands full, so that what is uploaded waits. The statuses are older than
the grace period. Nobody has died: that a task is nowhere has to be found out. Default settings.
"""

from __future__ import annotations

import random
import time
from math import inf
from typing import TYPE_CHECKING

from sqlalchemy import text

from bench import waiting
from bench.importers import HANDFUL, Importers
from bench.orphans import orphans_in
from bench.serving import serve, wait_complete
from bench.site import Site
from bench.spread import late, spread

if TYPE_CHECKING:
    from pathlib import Path

    from bench.serving import Served

_ORPHANED_WITHIN = 30.0
_LOOK = 0.1
_PATIENCE = 120.0
_SEEN = 'timesketch_processing_timelines{verdict="queued"}'
_AGE = text("UPDATE timeline_status SET created_at = created_at - interval '10 minutes'")

QUICK = {"losses": 2, "workers": 1, "confirm_after": "1s"}


def measure(
    directory: Path,
    *,
    losses: int = 50,
    pause: float = 1.0,
    workers: int = 2,
    confirm_after: str = "15s",
) -> dict[str, object]:
    """Return how long each loss took to be seen; losses are about `pause` seconds apart."""
    with Site(directory) as site, Importers(site) as importers:
        for _ in range(HANDFUL * workers):
            importers.upload()
        busy = [importers.start() for _ in range(workers)]

        def all_import() -> bool:
            importers.look()
            return all(each.timeline_id is not None for each in busy)

        waiting.until(all_import, "everybody imports")
        timelines = [importers.upload() for _ in range(losses)]
        with importers.engine.begin() as connection:
            connection.execute(_AGE)
        with serve(site, judge__confirm_after=confirm_after) as ours:
            wait_complete(ours)
            waiting.until(lambda: ours.metrics()[_SEEN] == losses, "all are seen in the queue")
            took = _lose(importers, ours, timelines, pause)
    return {
        "target": {"orphaned_late": 0},
        "losses": losses,
        "workers": workers,
        "confirm_after": confirm_after,
        "orphaned_late": late(took, _ORPHANED_WITHIN),
        "orphaned_is_late_after_seconds": _ORPHANED_WITHIN,
        "spread": {"loss_to_orphaned": spread(took)},
    }


def _lose(importers: Importers, ours: Served, timelines: list[int], pause: float) -> list[float]:
    """Take one message after the other away; return how long it took until each was orphaned."""
    chance = random.Random(len(timelines))  # noqa: S311  # nosec B311  # phases, no secrets
    waiting_ones, lost, took = list(timelines), dict[int, float](), list[float]()
    due = time.monotonic()
    ends = due + _PATIENCE + len(timelines) * pause * 2
    while len(took) < len(timelines):
        now = time.monotonic()
        if now > ends:
            return [*took, *(inf for _ in range(len(timelines) - len(took)))]
        if waiting_ones and now >= due:
            timeline_id = waiting_ones.pop()
            importers.lose(timeline_id)
            lost[timeline_id] = time.monotonic()
            due = now + pause * chance.uniform(0.5, 1.5)
        found = orphans_in(ours.metrics())
        now = time.monotonic()
        took += [now - lost.pop(each) for each in found & lost.keys()]
        time.sleep(_LOOK)
    return took
