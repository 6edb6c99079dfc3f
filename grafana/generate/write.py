"""Writes the dashboards anew: `python -m grafana.generate.write`."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.generate.processing import processing
from grafana.generate.repair import repair
from grafana.generate.workers import workers

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard

DIRECTORY = Path(__file__).parents[1] / "dashboards"


def dashboards() -> tuple[Dashboard, ...]:
    """All of them, in the order in which one looks at them."""
    return (processing(), workers(), repair())


def text(dashboard: Dashboard) -> str:
    """A dashboard as its file holds it."""
    made = json.loads(json.dumps(dashboard, cls=JSONEncoder))
    _strip(made)
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _strip(made: dict[str, Any]) -> None:
    """Take away what the SDK adds unasked: things of other kinds, and a menu around every link."""
    for variable in made["templating"]["list"]:
        for name in ("auto", "auto_min", "auto_count"):
            variable.pop(name, None)
    for panel in made["panels"]:
        if panel["type"] == "table":
            panel["options"].pop("footer", None)
            for name in ("align", "inspect"):
                panel["fieldConfig"]["defaults"]["custom"].pop(name, None)
    for link in chain(made["links"], *(panel.get("links", ()) for panel in made["panels"])):
        link.pop("placement", None)


if __name__ == "__main__":
    for made in dashboards():
        (DIRECTORY / f"{made.uid}.json").write_text(text(made), encoding="utf-8")
