"""What Grafana is provisioned with fits the dashboards and the shipped Prometheus."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from exporter.shipped import shipped
from tests.alerts.rules import ALERTS
from tests.dashboards.boards import BOARDS, FILES, GRAFANA

if TYPE_CHECKING:
    from tests.dashboards.boards import Json

_PROVISIONING = GRAFANA / "provisioning"


def test_datasource() -> None:
    """It is the one that dashboards begin with, in the rhythm of scrapes, and nobody edits it."""
    (source,) = _read("datasources")["datasources"]
    assert source["type"] == "prometheus"
    assert source["editable"] is False
    scrapes = yaml.safe_load((ALERTS / "prometheus.yml").read_text())["global"]
    assert source["jsonData"]["timeInterval"] == scrapes["scrape_interval"]
    for board in BOARDS:
        chosen = board.variable("datasource")
        assert chosen is not None
        assert chosen["current"]["value"] == source["uid"]


def test_dashboards() -> None:
    """They are read from files and cannot be changed in Grafana."""
    (provider,) = _read("dashboards")["providers"]
    assert provider["type"] == "file"
    assert provider["allowUiUpdates"] is False
    assert provider["disableDeletion"] is True


def test_environment() -> None:
    """Nothing but the address of Prometheus is taken from the environment."""
    values = [
        value
        for file in _PROVISIONING.glob("*/*.yml")
        for value in _leaves(yaml.safe_load(file.read_text()))
    ]
    assert re.findall(r"\$\w*", " ".join(values)) == ["$PROMETHEUS_URL"]


def test_shipped() -> None:
    """They come with the exporter, under one name."""
    assert sorted((shipped("grafana") / "dashboards").iterdir()) == list(FILES)
    assert {file.parent.name for file in (shipped("grafana") / "provisioning").glob("*/*")} == {
        "datasources",
        "dashboards",
    }


def _read(kind: str) -> Json:
    (file,) = (_PROVISIONING / kind).glob("*.yml")
    found: Json = yaml.safe_load(file.read_text())
    return found


def _leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [str(value)]
