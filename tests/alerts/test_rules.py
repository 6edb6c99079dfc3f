"""The rules that are shipped keep to the catalogue and to the conventions."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from tests.alerts import check_names, check_shape
from tests.alerts.known import known
from tests.alerts.rules import ALERTS, RULE_FILES, RULES, SHIPPED, Rule, seconds

_KNOWN = known(RULES)
_BASE = "https://github.com/timesketch-exporter/timesketch-exporter/blob/main/alerts/runbooks"
_DASHBOARDS = {
    f"http://localhost:3000/d/timesketch-{board}" for board in ("processing", "workers", "repair")
}


@pytest.mark.parametrize("check", [*check_names.CHECKS, *check_shape.CHECKS])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_sound(rule: Rule, check: check_names.Check) -> None:
    """Each rule names what exists, joins what matches, bears missed scrapes, and can fire."""
    assert list(check(rule, _KNOWN)) == []


@pytest.mark.parametrize("rule", SHIPPED, ids=lambda rule: rule.name)
def test_as_agreed(rule: Rule) -> None:
    """Name, labels and annotations of each alert are those that routes and people rely on."""
    assert re.fullmatch(r"Timesketch[A-Z]\w+", rule.name)
    assert rule.labels.keys() - {"repair"} == {"severity", "component"}
    assert rule.labels["severity"] in {"critical", "warning", "info"}
    assert rule.annotations.keys() == {"summary", "description", "runbook_url", "dashboard_url"}
    assert "{{" not in rule.annotations["summary"]
    assert rule.annotations["runbook_url"] == f"{_BASE}/{rule.name}.md"
    assert rule.annotations["dashboard_url"] in _DASHBOARDS


def test_what_can_be_repaired() -> None:
    """Only single orphans ask for a repair, of the kind that they are."""
    asking = {rule.name: rule.labels["repair"] for rule in SHIPPED if "repair" in rule.labels}
    assert asking == {
        "TimesketchTimelineOrphaned": "timeline",
        "TimesketchAnalysisOrphaned": "analysis",
    }


def test_each_name_once() -> None:
    """No two rules have the same name."""
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_the_rhythm_that_the_checks_know() -> None:
    """Rules are checked against the intervals that are shipped."""
    intervals = yaml.safe_load((ALERTS / "prometheus.yml").read_text())["global"]
    assert seconds(intervals["scrape_interval"]) == check_shape.SCRAPE
    assert seconds(intervals["evaluation_interval"]) == check_shape.EVALUATION


def test_prometheus_takes_them() -> None:
    """Nothing is wrong with the rule files and the configuration that loads them, says promtool."""
    for kind, files in (("rules", RULE_FILES), ("config", (ALERTS / "prometheus.yml",))):
        done = subprocess.run(
            ["promtool", "check", kind, "--lint=all", "--lint-fatal", *files],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
