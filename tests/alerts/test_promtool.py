"""The tests of rules in alerts/tests pass, and each alert has one of every kind."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.alerts.rules import ALERTS, SHIPPED

if TYPE_CHECKING:
    from pathlib import Path

_FILES = tuple(sorted((ALERTS / "tests").glob("*.yml")))
_KINDS = ("fires", "stays silent at the threshold", "bears a missed scrape", "vanish")
"""What the names of an alert's tests must say, at least."""


def test_each_alert_has_tests() -> None:
    """There is a file of tests for each alert, and none for others."""
    assert {file.stem for file in _FILES} == {rule.name for rule in SHIPPED}


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_every_kind(file: Path) -> None:
    """Each alert is tested: that it fires and resolves, its threshold, a missed scrape, an end."""
    tests = yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]
    names = [test["name"] for test in tests]
    assert [kind for kind in _KINDS if not any(kind in name for name in names)] == []
    for test in tests:
        checks = test["alert_rule_test"]
        assert {check["alertname"] for check in checks} == {file.stem}
        fired = [bool(check["exp_alerts"]) for check in checks]
        if "fires" in test["name"]:
            assert True in fired
        if test["name"] == "fires":
            assert (fired[0], fired[-1]) == (False, False)
        if "silent" in test["name"]:
            assert True not in fired


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_promtool(file: Path) -> None:
    """Alerts fire and resolve when they should, with exactly these labels and annotations."""
    done = subprocess.run(
        ["promtool", "test", "rules", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
