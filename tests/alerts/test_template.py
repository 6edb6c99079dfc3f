"""The step from the shipped configurations to an operator's own."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml

from exporter.shipped.template import INTERVALS, PLACES, fill
from tests.alerts.rules import ALERTS

_PROMETHEUS = (ALERTS / "prometheus.yml").read_text()
_ALERTMANAGER = (ALERTS / "alertmanager.yml").read_text()


def test_places() -> None:
    """Each place of the configuration of Prometheus is replaced, and nothing else."""
    filled = yaml.safe_load(fill(_PROMETHEUS, exporter="a:1", alertmanager="b:2", rules="/r/*.yml"))
    shipped = yaml.safe_load(_PROMETHEUS)
    shipped["rule_files"] = ["/r/*.yml"]
    shipped["scrape_configs"][0]["static_configs"][0]["targets"] = ["a:1"]
    shipped["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = ["b:2"]
    assert filled == shipped


def test_intervals() -> None:
    """An interval is replaced wherever it is set."""
    filled = yaml.safe_load(
        fill(_ALERTMANAGER, exporter="a:1", token="/t", group_wait="1s", repeat_interval="9h")
    )
    routes = (filled["route"], filled["route"]["routes"][0])
    assert [(route["group_wait"], route["repeat_interval"]) for route in routes] == [
        ("1s", "9h"),
        ("1s", "9h"),
    ]
    (hook,) = filled["receivers"][1]["webhook_configs"]
    assert hook["url"] == "http://a:1/webhook"
    assert hook["http_config"]["authorization"]["credentials_file"] == "/t"


def test_every_name_occurs() -> None:
    """Whatever may be replaced is in one of the two files."""
    for name in (*PLACES, *INTERVALS):
        holding = [text for text in (_PROMETHEUS, _ALERTMANAGER) if f"{name}:" in text]
        assert name in INTERVALS or any(PLACES[name] in t for t in (_PROMETHEUS, _ALERTMANAGER))
        assert name in PLACES or holding


@pytest.mark.parametrize("name", ["colour", "token"])
def test_nothing_is_left_out_silently(name: str) -> None:
    """A name that is unknown, or that the file does not hold, is an error."""
    with pytest.raises(ValueError, match=name):
        fill(_PROMETHEUS, **{name: "x"})


def test_command() -> None:
    """The command prints the filled file, or one line that says what is wrong."""
    command = [sys.executable, "-m", "exporter.shipped.template", str(ALERTS / "prometheus.yml")]
    good = subprocess.run([*command, "exporter=a:1"], capture_output=True, text=True, check=True)
    assert good.stdout == fill(_PROMETHEUS, exporter="a:1")
    bad = subprocess.run([*command, "token=x"], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stderr) == (2, "there is no token to replace\n")
