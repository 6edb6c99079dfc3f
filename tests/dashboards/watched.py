"""Asking a Prometheus what a dashboard would."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.dashboards.interpolation import Chosen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.demo.monitoring import Monitored
    from tests.dashboards.boards import Board, Json

    Series = dict[str, Any]  # Any: what Prometheus answers


@dataclass(frozen=True, slots=True)
class Watched:
    """A run that a Prometheus scrapes every `step` seconds, `begun` at a Unix time."""

    prometheus: Monitored
    begun: float
    step: int

    @property
    def span(self) -> int:
        """How long it has taken, in seconds."""
        return int(time.time() - self.begun) + 1

    def chosen(self, panel: Json | None = None, **values: str) -> Chosen:
        """What is chosen at the top; a panel's own least interval is in minutes."""
        least = (panel or {}).get("interval", "")
        step = 60 * int(least.removesuffix("m")) if least else self.step
        return Chosen(span=self.span, step=step, scrape_interval=self.step, values=values)

    def course(self, expression: str) -> list[Series]:
        """Every series that an expression returned at any time of the run."""
        times = {"start": self.begun, "end": self.begun + self.span, "step": self.step}
        query = urlencode({"query": expression, **times})
        found: list[Series] = self.prometheus.ask(f"/api/v1/query_range?{query}")["data"]["result"]
        return found

    def label_values(self, label: str, series: str) -> set[str]:
        """The values that a label of these series had."""
        query = urlencode({"match[]": series})
        return set(self.prometheus.ask(f"/api/v1/label/{label}/values?{query}")["data"])

    def empty(self, board: Board) -> Iterator[str]:
        """The panels and annotations of a dashboard of which a query never returned anything."""
        for panel, target in board.targets():
            if not self.course(self.chosen(panel).put_into(target["expr"])):
                yield panel["title"]
        for annotation in board.json["annotations"]["list"]:
            if not self.course(self.chosen().put_into(annotation["expr"])):
                yield annotation["name"]
