"""The dashboards that are shipped: made from code, whole, and held together with the alerts."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from exporter.metrics.catalogue import CATALOGUE, SERIES_DROPPED
from exporter.repair.records import Outcome
from exporter.repair.requests import RequestOutcome
from exporter.snapshot import Verdict, WorkerState
from grafana.generate import colours, evidence
from grafana.generate.write import dashboards, text
from tests.alerts import check_names
from tests.alerts.known import known
from tests.alerts.rules import ALERTS, SHIPPED, Rule
from tests.dashboards.boards import BOARDS, FILES
from tests.dashboards.interpolation import Chosen

if TYPE_CHECKING:
    from tests.dashboards.boards import Board, Json

_RUNBOOK = re.compile(r"/alerts/runbooks/(\w+)\.md$")
_KNOWN = known()
_NOT_SHOWN = {"timesketch_worker_up"}
"""Tells less than timesketch_worker_state does."""

each_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)


def test_up_to_date() -> None:
    """The committed files are those that `make docs` writes, and there are no others."""
    assert {file.name: file.read_text(encoding="utf-8") for file in FILES} == {
        f"{made.uid}.json": text(made) for made in dashboards()
    }


@each_board
def test_nothing_unknown(board: Board) -> None:
    """The SDK, which drops what Grafana's schema does not have, writes again what it reads."""
    register_default_plugins()
    again = Dashboard.from_json(json.loads(json.dumps(board.json)))
    assert _sorted(json.loads(text(again))) == _sorted(board.json)


def _sorted(value: Json) -> str:
    return json.dumps(value, sort_keys=True, indent=1)


@each_board
def test_laid_out(board: Board) -> None:
    """Panels have ids of their own, and fill lines of 24 columns without lying on each other."""
    panels = board.json["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    for one, other in combinations(panels, 2):
        assert not _cells(one) & _cells(other), (one["title"], other["title"])
    area = sum(panel["gridPos"]["w"] * panel["gridPos"]["h"] for panel in panels)
    assert area == 24 * max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in panels)


def _cells(panel: Json) -> set[tuple[int, int]]:
    place = panel["gridPos"]
    return {
        (x, y)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    }


@each_board
def test_as_agreed(board: Board) -> None:
    """Times are the browser's, the crosshair is shared, and all see repairs and the ways out."""
    assert board.json["timezone"] == "browser"
    assert board.json["graphTooltip"] == 1
    (repairs,) = board.json["annotations"]["list"]
    assert (repairs["name"], repairs["enable"]) == ("Repairs", True)
    boards, console, alerts = board.json["links"]
    assert (boards["type"], boards["keepTime"], boards["includeVars"]) == ("dashboards", True, True)
    assert set(boards["tags"]) <= set(board.json["tags"])
    assert console["url"] == "${console:raw}/"
    assert alerts["url"].endswith("/docs/alerts.md")


@each_board
def test_names_what_exists(board: Board) -> None:
    """Queries name metrics, labels and values that there are, and their joins can match."""
    asked = [(panel["title"], target["expr"]) for panel, target in board.targets()]
    asked += [(each["name"], each["expr"]) for each in board.json["annotations"]["list"]]
    for title, expression in asked:
        rule = Rule(title, Chosen(values={"job": "a.+", "instance": "b.+"}).put_into(expression))
        assert [text for check in check_names.CHECKS for text in check(rule, _KNOWN)] == [], title


def test_every_metric_is_shown() -> None:
    """What the exporter publishes can be seen on some dashboard."""
    shown = " ".join(target["expr"] for board in BOARDS for _, target in board.targets())
    names = set(re.findall(r"timesketch_\w+", shown))
    assert names == {declared.name for declared in CATALOGUE} - _NOT_SHOWN


def test_alerts_lead_here_and_back() -> None:
    """Each alert links to a dashboard, on which a panel links to the alert's runbook."""
    runbooks = {
        f"http://localhost:3000/d/{board.uid}": {
            found[1]
            for panel in board.panels()
            for link in panel.get("links", ())
            if (found := _RUNBOOK.search(link["url"]))
        }
        for board in BOARDS
    }
    for alert in SHIPPED:
        assert alert.name in runbooks[alert.annotations["dashboard_url"]]
    for linked in runbooks.values():
        assert all((ALERTS / "runbooks" / f"{name}.md").exists() for name in linked)


def test_every_word_has_its_colour() -> None:
    """No word that a metric can have as a label is left to chance."""
    assert colours.VERDICTS.keys() == set(Verdict)
    assert colours.WORKER_STATES.keys() == set(WorkerState)
    assert colours.OUTCOMES.keys() == set(Outcome)
    assert colours.REQUEST_OUTCOMES.keys() == set(RequestOutcome)


def test_every_limit_is_shown() -> None:
    """Each metric that leaves objects out has a name for what it leaves out."""
    assert evidence.LIMITED.keys() == set(SERIES_DROPPED.values["metric"])
