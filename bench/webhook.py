"""Notifications of one new alert each that `serve` takes in and stores, from 1 and from 8 clients.

The alerts are about timelines that are ready, so that each request is worked off beside it all, and
found to be needless.
"""

from __future__ import annotations

import json
import statistics
import sys
from typing import TYPE_CHECKING

from bench import waiting
from bench.journals import KINDS, ask, new_journal
from bench.posters import TIMELINES
from bench.serving import serve, wait_complete
from bench.site import Site
from bench.spread import within
from exporter.demo.processes import spawn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.serving import Served

QUICK = {"seconds": 0.5, "clients": (2,)}


def measure(
    directory: Path, *, seconds: float = 20.0, clients: Sequence[int] = (1, 8)
) -> dict[str, object]:
    """Return notifications a second by kind of journal and number of clients."""
    with Site(directory) as site:
        site.fill(timelines=TIMELINES, processing=0, sketches=20)
        rates = {
            f"{kind}, clients: {number}": _rate(site, kind, number, seconds)
            for kind in KINDS
            for number in clients
        }
    return {"seconds_each": seconds, "postgresql_syncs_to_disk": False, "journal": rates}


def _rate(site: Site, kind: str, clients: int, seconds: float) -> dict[str, float]:
    name = f"{kind}-{clients}"
    url = new_journal(site, kind, name)
    with serve(site, journal__url=url, webhook__insecure="true") as ours:
        wait_complete(ours)
        took = _post(site, ours, clients, seconds)
    (stored,) = ask(url, "SELECT count(*) FROM request")
    if stored != len(took):
        raise AssertionError(f"{len(took)} taken in, {stored} stored")
    return {
        "notifications": len(took),
        "notifications_per_second": round(len(took) / seconds, 1),
        "median_seconds": round(statistics.median(took), 4),
        "p99_seconds": round(within(took, 0.99), 4),
    }


def _post(site: Site, ours: Served, clients: int, seconds: float) -> list[float]:
    arguments = [str(ours.port), str(clients), str(seconds)]
    with spawn(
        [sys.executable, "-m", "bench.posters", *arguments],
        name=f"posters-{ours.port}",
        directory=site.directory,
        env=waiting.environment(),
    ) as posters:
        if posters.wait(seconds * 3 + 60) != 0:
            raise RuntimeError(posters.last_lines())
        took: list[float] = json.loads(posters.last_lines(1))
    return took
