"""From the SIGKILL of a worker at its import to the row repaired at an alert's request, 50 times.

Four real workers import at any time; one of them is killed every few seconds, at any phase of the
scans, once it has imported for longer than the interval of those. `serve` looks at its default
settings, and Flower at the same workers. As soon as the metrics show an orphan, a notification of
it is posted. That so many are repaired takes a larger budget and no storm brake, else defaults.
"""

from __future__ import annotations

import json
import random
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from bench import waiting
from bench.importers import HANDFUL, Importers
from bench.orphans import orphans_in
from bench.serving import flower, serve, wait_complete
from bench.site import Site
from bench.spread import spread
from tests.unit.web.webhook.notifications import alert, body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.serving import Served

_WORKERS = 4
_IMPORTED_FOR = 6.0
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
_WORKER_TARGET = 5.0 + 2.0
_PROOF_TARGET = 15.0

QUICK = {"kills": 2, "pause": 1.0}


@dataclass
class Killed:
    """A worker that was killed; when (monotonic), and when each of its consequences was seen."""

    worker: str
    timeline_id: int
    at: float
    seen: dict[str, float] = field(default_factory=dict)

    def see(self, what: str) -> None:
        """Note that this is so by now, unless it was before."""
        self.seen.setdefault(what, time.monotonic())

    def took(self, what: str, since: str | None = None) -> float:
        """Return the seconds from the kill, or from another moment, to this."""
        return self.seen[what] - (self.at if since is None else self.seen[since])


_ALL = {"down", "orphaned", "posted", "repaired", "down in Flower"}


class _Play:
    """The workers, those killed among them, and what is seen of them."""

    def __init__(self, importers: Importers, ours: Served, flowers: Served) -> None:
        self._importers = importers
        self._ours = ours
        self._flowers = flowers
        self._living = [importers.start() for _ in range(_WORKERS)]
        self._http = httpx.Client(base_url=ours.url, timeout=60)
        self.killed: list[Killed] = []

    def ready(self) -> bool:
        """Whether everybody imports, and both watchers see so."""
        self._importers.look()
        ups = [f'timesketch_worker_up{{worker="{each.name}"}}' for each in self._living]
        metrics, online = self._ours.metrics(), _online(self._flowers)
        return all(
            each.timeline_id is not None and metrics.get(up) == 1 and online.get(each.name)
            for each, up in zip(self._living, ups, strict=True)
        )

    def kill(self) -> bool:
        """Kill the worker that has imported longest, if for long enough; let another one begin."""
        candidates = [
            each
            for each in self._living
            if each.timeline_id is not None and time.monotonic() - each.since > _IMPORTED_FOR
        ]
        if not candidates:
            return False
        importer = min(candidates, key=lambda each: each.since)
        assert importer.timeline_id is not None  # noqa: S101  chosen so
        importer.kill()
        self.killed.append(Killed(importer.name, importer.timeline_id, time.monotonic()))
        self._living.remove(importer)
        self._living.append(self._importers.start())
        return True

    def look(self) -> bool:
        """Look at everything once; whether there is nothing left to be seen."""
        self._importers.look()
        open_cases = [each for each in self.killed if each.seen.keys() != _ALL]
        if not open_cases:
            return True
        metrics, online = self._ours.metrics(), _online(self._flowers)
        orphans = orphans_in(metrics)
        statuses = self._importers.rows.timeline_statuses()
        for each in open_cases:
            if metrics.get(f'timesketch_worker_up{{worker="{each.worker}"}}') == 0:
                each.see("down")
            if online.get(each.worker) is False:
                each.see("down in Flower")
            if each.timeline_id in orphans and "orphaned" not in each.seen:
                each.see("orphaned")
                each.see("posted")
                self._post(each.timeline_id)
            if statuses[each.timeline_id] == "fail":
                each.see("repaired")
        return False

    def _post(self, timeline_id: int) -> None:
        answer = self._http.post(
            "/webhook",
            content=body(alert(timeline_id)),
            headers={"Content-Type": "application/json"},
        )
        answer.raise_for_status()


def _online(flowers: Served) -> dict[str, bool]:
    """Return which workers Flower takes for alive."""
    found: dict[str, bool] = json.loads(flowers.get("/api/workers?status=true") or "{}")
    return found


def measure(directory: Path, *, kills: int = 50, pause: float = 4.0) -> dict[str, object]:
    """Return how long it took until each consequence was seen; kills are about `pause` apart."""
    chance = random.Random(kills)  # noqa: S311  phases, no secrets
    with Site(directory) as site, Importers(site) as importers:
        for _ in range(HANDFUL * (_WORKERS + kills)):
            importers.upload()
        with serve(site, **_MAY_REPAIR) as ours, _flower_beside(site, ours) as flowers:
            play = _Play(importers, ours, flowers)
            waiting.until(play.ready, "everybody imports")
            due = time.monotonic() + _IMPORTED_FOR
            ends = time.monotonic() + _PATIENCE + kills * (pause + _IMPORTED_FOR)
            while True:
                over = play.look() and len(play.killed) == kills
                if over or time.monotonic() > ends:
                    break
                if len(play.killed) < kills and time.monotonic() > due and play.kill():
                    due = time.monotonic() + pause * chance.uniform(0.5, 1.5)
                time.sleep(_LOOK)
    return _figures(play.killed)


@contextmanager
def _flower_beside(site: Site, ours: Served) -> Iterator[Served]:
    """Flower, which the exporter knows to be no worker.

    A client that asks workers can be told from one in shutdown if the exporter has listened for
    heartbeats before it came, and no worker came with it.
    """
    wait_complete(ours)
    wait_complete(ours, after=time.time() + _LISTENED_FOR)
    with flower(site) as flowers:
        wait_complete(ours, after=time.time() + _UNTIL_ASKED)
        yield flowers


def _figures(killed: list[Killed]) -> dict[str, object]:
    """Return the figures; raises LookupError where something was never seen."""
    missing = [each for each in killed if each.seen.keys() != _ALL]
    if missing:
        raise LookupError(f"seen of the kills: {missing}")
    down = [each.took("down") for each in killed]
    theirs = [each.took("down in Flower") for each in killed]
    orphaned = [each.took("orphaned") for each in killed]
    return {
        "target": {
            "late_down": 0,
            "late_orphaned": 0,
        },
        "kills": len(killed),
        "workers": _WORKERS,
        "kill_to_worker_down": spread(down),
        "late_down": sum(each > _WORKER_TARGET for each in down),
        "late_down_is_after_seconds": _WORKER_TARGET,
        "kill_to_orphaned": spread(orphaned),
        "late_orphaned": sum(each > _PROOF_TARGET for each in orphaned),
        "late_orphaned_is_after_seconds": _PROOF_TARGET,
        "post_to_repaired": spread([each.took("repaired", "posted") for each in killed]),
        "kill_to_repaired": spread([each.took("repaired") for each in killed]),
        "kill_to_worker_down_in_flower": spread(theirs),
        "ratio_of_medians_to_flower": round(
            spread(down)["median_seconds"] / spread(theirs)["median_seconds"], 2
        ),
    }
