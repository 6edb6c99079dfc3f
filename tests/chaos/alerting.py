"""Posts alerts as Alertmanager does: again and again, to whom it likes, and sometimes twice."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from tests.unit.web.webhook.notifications import alert, body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.exporters import Exporter
    from tests.chaos.record import Target

_EVERY = 1.0
_AGAIN_AFTER = 4.0
_TWICE = 0.3


@dataclass(frozen=True, slots=True)
class _Firing:
    """An alert that fires since `started`, and when it was posted last."""

    started: str
    posted: float = -inf


class Alerting:
    """Alerts for whatever an exporter calls orphaned, for as long as it does."""

    def __init__(self, exporters: Sequence[Exporter], token: str, seed: int) -> None:
        self._exporters = exporters
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }
        self._random = Random(seed)
        self._firing: dict[Target, _Firing] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerting", daemon=True)
        self.posted = 0

    def start(self) -> None:
        """Begin to alert."""
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(_EVERY):
            orphaned = {target for each in self._exporters for target in each.orphaned()}
            now = time.monotonic()
            self._firing = {
                target: self._firing.get(target) or _Firing(_moment()) for target in orphaned
            }
            due = [
                target
                for target, firing in sorted(self._firing.items())
                if now - firing.posted >= _AGAIN_AFTER
            ]
            for target in due:
                self._firing[target] = replace(self._firing[target], posted=now)
            if due:
                self._post([_alert(target, self._firing[target].started) for target in due])

    def alert(self, target: Target) -> None:
        """Post an alert for this, whether it is orphaned or not."""
        self._post([_alert(target, _moment())])

    def _post(self, alerts: Sequence[dict[str, Any]]) -> None:
        """Deliver these; a delivery that fails is not made again here."""
        content = body(*alerts)
        first = self._random.choice(self._exporters)
        others = [each for each in self._exporters if each is not first]
        twice = self._random.random() < _TWICE
        for exporter in (first, *(others if twice else ())):
            self.posted += 1
            try:
                httpx.post(
                    f"{exporter.url}/webhook", content=content, headers=self._headers, timeout=5.0
                )
            except httpx.HTTPError:
                continue

    def close(self) -> None:
        """Stop alerting."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()


def _moment() -> str:
    return datetime.now(UTC).isoformat()


# What JSON says has no better type.
def _alert(target: Target, started: str) -> dict[str, Any]:
    kind, number = target
    if kind == "timeline":
        return alert(number, starts_at=started)
    return alert(
        None, repair=kind, starts_at=started, analysis_id=str(number), fingerprint=f"{number:016x}"
    )
