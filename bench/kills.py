"""From the SIGKILL of a worker at its import to the row repaired at an alert's request, 50 times.

Four real workers import at any time; one of them is killed every few seconds, at any phase of the
scans, once two of those have seen it at its import. `serve` looks at its default settings, and
Flower at the same workers. As soon as the metrics show an orphan, a notification of it is posted.
That so many are repaired takes a larger budget and no storm brake.
"""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench import waiting
from bench.importers import HANDFUL, Importers
from bench.killing import (
    DOWN,
    DOWN_IN_FLOWER,
    IMPORTED_FOR,
    ORPHANED,
    POSTED,
    REPAIRED,
    Killing,
)
from bench.serving import flower, serve, wait_complete
from bench.site import Site
from bench.spread import late, spread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.killing import Killed
    from bench.serving import Served

_LOOK = 0.1
_LISTENED_FOR = 3.0
_UNTIL_ASKED = 3.0
"""Seconds after its first page in which Flower asks, in vain, who is there."""

_PATIENCE = 120.0
_MAY_REPAIR = {
    "repair__mode": "enforce",
    "repair__budget": "1000",
    "repair__brake_share": "1",
    "webhook__insecure": "true",
}
_DOWN_WITHIN = 5.0 + 2.0
"""An interval of scans, and 2 s."""

_ORPHANED_WITHIN = 15.0

QUICK = {"kills": 1, "workers": 2, "pause": 0.0, "beside_flower": False}


def measure(
    directory: Path,
    *,
    kills: int = 50,
    workers: int = 4,
    pause: float = 4.5,
    beside_flower: bool = True,
) -> dict[str, object]:
    """Return how long it took until each consequence was seen; kills are about `pause` apart."""
    with Site(directory) as site, Importers(site) as importers:
        for _ in range(HANDFUL * (workers + kills)):
            importers.upload()
        with (
            serve(site, **_MAY_REPAIR) as ours,
            _watching(site, ours, beside_flower=beside_flower) as flowers,
        ):
            killing = Killing(importers, ours, flowers, workers)
            waiting.until(killing.ready, "everybody imports")
            _kill(killing, kills, pause)
    return {"kills": kills, "workers": workers, **_figures(killing.killed)}


def _kill(killing: Killing, kills: int, pause: float) -> None:
    """Kill so many, and look until everything is seen, or for long enough."""
    chance = random.Random(kills)  # noqa: S311  # nosec B311  # phases, no secrets
    due = time.monotonic()
    ends = due + _PATIENCE + kills * (pause + IMPORTED_FOR)
    while not (killing.look() and len(killing.killed) == kills) and time.monotonic() < ends:
        if len(killing.killed) < kills and time.monotonic() > due and killing.kill():
            due = time.monotonic() + pause * chance.uniform(0.5, 1.5)
        time.sleep(_LOOK)


@contextmanager
def _watching(site: Site, ours: Served, *, beside_flower: bool) -> Iterator[Served | None]:
    """`serve` that is ready, and Flower, if wanted, of which it knows that it is no worker.

    A client that asks workers can be told from one in shutdown if the exporter has listened for
    heartbeats before it came, and no worker came with it.
    """
    wait_complete(ours)
    if not beside_flower:
        yield None
        return
    wait_complete(ours, after=time.time() + _LISTENED_FOR)
    with flower(site) as flowers:
        wait_complete(ours, after=time.time() + _UNTIL_ASKED)
        yield flowers


def _figures(killed: list[Killed]) -> dict[str, object]:
    down = [each.took(DOWN) for each in killed]
    theirs = [each.took(DOWN_IN_FLOWER) for each in killed]
    orphaned = [each.took(ORPHANED) for each in killed]
    spreads = {
        "kill_to_worker_down": spread(down),
        "kill_to_worker_down_in_flower": spread(theirs),
        "kill_to_orphaned": spread(orphaned),
        "post_to_repaired": spread([each.took(REPAIRED, POSTED) for each in killed]),
        "kill_to_repaired": spread([each.took(REPAIRED) for each in killed]),
    }
    medians = {name: each["median_seconds"] for name, each in spreads.items()}
    ours, flowers = medians["kill_to_worker_down"], medians["kill_to_worker_down_in_flower"]
    return {
        "target": {"worker_down_late": 0, "orphaned_late": 0},
        "worker_down_late": late(down, _DOWN_WITHIN),
        "worker_down_is_late_after_seconds": _DOWN_WITHIN,
        "orphaned_late": late(orphaned, _ORPHANED_WITHIN),
        "orphaned_is_late_after_seconds": _ORPHANED_WITHIN,
        "ratio_to_flower": round(ours / flowers, 2) if ours and flowers else None,
        "spread": spreads,
    }
