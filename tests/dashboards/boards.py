"""The dashboards that are shipped, as JSON, and the walk through one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    Json = dict[str, Any]  # Any: what a JSON file holds

GRAFANA = Path(__file__).parents[2] / "grafana"
FILES = tuple(sorted((GRAFANA / "dashboards").glob("*.json")))


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. What it returns is not copied, so that a test can plant a fault."""

    json: Json

    @property
    def uid(self) -> str:
        """The id in its address."""
        return str(self.json["uid"])

    def panels(self) -> Iterator[Json]:
        """Every panel, those inside rows included, but no row."""
        for panel in self.json["panels"]:
            yield from panel.get("panels", ())
            if panel["type"] != "row":
                yield panel

    def panel(self, title: str) -> Json:
        """The first panel with this title."""
        return next(panel for panel in self.panels() if panel["title"] == title)

    def targets(self) -> Iterator[tuple[Json, Json]]:
        """Every query, after its panel."""
        for panel in self.panels():
            for target in panel.get("targets") or ():
                yield panel, target

    def variables(self, kind: str = "") -> list[Json]:
        """Its variables, of one kind or all."""
        every: list[Json] = self.json["templating"]["list"]
        return [variable for variable in every if kind in {"", variable["type"]}]

    def variable(self, name: str) -> Json | None:
        """The variable of this name."""
        return next((each for each in self.variables() if each["name"] == name), None)

    def datasource(self) -> str:
        """What its first variable for a data source chooses from; "" where there is none."""
        chosen = self.variables("datasource")
        return str(chosen[0]["query"]) if chosen else ""


def read(file: Path) -> Board:
    """The dashboard of a file, afresh."""
    return Board(json.loads(file.read_text(encoding="utf-8")))


BOARDS = tuple(map(read, FILES))
