"""Workers that are killed at their imports, and what is seen of it by whom, and when."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

import httpx

from bench.orphans import orphans_in
from tests.unit.web.webhook.notifications import alert, body

if TYPE_CHECKING:
    from bench.importers import Importer, Importers
    from bench.serving import Served

IMPORTED_FOR = 10.0
"""A worker has imported for so many seconds before it is killed: two scans have seen it do so."""

DOWN, ORPHANED, POSTED, REPAIRED = "down", "orphaned", "posted", "repaired"
DOWN_IN_FLOWER = "down in Flower"


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
        """Return the seconds from the kill, or from another moment, to this; infinity: never."""
        began = self.at if since is None else self.seen.get(since, inf)
        return self.seen[what] - began if what in self.seen else inf


class Killing:
    """The workers, those killed among them, and whoever watches them: `serve`, and Flower or not.

    As soon as the metrics show an orphan, a notification of it is posted.
    """

    def __init__(
        self, importers: Importers, ours: Served, flowers: Served | None, workers: int
    ) -> None:
        self._importers = importers
        self._ours = ours
        self._flowers = flowers
        self._wanted = {DOWN, ORPHANED, POSTED, REPAIRED}
        if flowers is not None:
            self._wanted.add(DOWN_IN_FLOWER)
        self._living = [importers.start() for _ in range(workers)]
        self.killed: list[Killed] = []

    def ready(self) -> bool:
        """Whether everybody imports, and who watches sees them."""
        self._importers.look()
        metrics, online = self._ours.metrics(), self._online()
        return all(
            each.timeline_id is not None
            and metrics.get(_up(each.name)) == 1
            and (self._flowers is None or online.get(each.name, False))
            for each in self._living
        )

    def kill(self) -> bool:
        """Kill who has imported longest, if for long enough, and let another one begin."""
        now = time.monotonic()
        importing = [each for each in self._living if now - each.since > IMPORTED_FOR]
        for importer in sorted(importing, key=_since):
            if importer.timeline_id is not None:
                importer.kill()
                killed = Killed(importer.name, importer.timeline_id, time.monotonic())
                self.killed.append(killed)
                self._living.remove(importer)
                self._living.append(self._importers.start())
                return True
        return False

    def look(self) -> bool:
        """Look at everything once; whether there is nothing left to be seen."""
        self._importers.look()
        left = [each for each in self.killed if each.seen.keys() != self._wanted]
        if not left:
            return True
        metrics, online = self._ours.metrics(), self._online()
        orphans = orphans_in(metrics)
        statuses = self._importers.rows.timeline_statuses()
        for each in left:
            if metrics.get(_up(each.worker)) == 0:
                each.see(DOWN)
            if online.get(each.worker) is False:
                each.see(DOWN_IN_FLOWER)
            if each.timeline_id in orphans and ORPHANED not in each.seen:
                each.see(ORPHANED)
                self._post(each.timeline_id)
                each.see(POSTED)
            if statuses[each.timeline_id] == "fail":
                each.see(REPAIRED)
        return False

    def _online(self) -> dict[str, bool]:
        """Return which workers Flower takes for alive."""
        if self._flowers is None:
            return {}
        found: dict[str, bool] = json.loads(self._flowers.get("/api/workers?status=true") or "{}")
        return found

    def _post(self, timeline_id: int) -> None:
        answer = httpx.post(
            f"{self._ours.url}/webhook",
            content=body(alert(timeline_id)),
            headers={"Content-Type": "application/json"},
            timeout=60,
        )
        answer.raise_for_status()


def _since(importer: Importer) -> float:
    return importer.since


def _up(worker: str) -> str:
    return f'timesketch_worker_up{{worker="{worker}"}}'
