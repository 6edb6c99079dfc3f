"""The shipped Alertmanager configuration: who is told, and what is held back."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
import yaml

from exporter.demo import monitoring
from exporter.metrics.published import Limits
from exporter.shipped.template import fill
from exporter.web.webhook.body import MOST_BYTES
from tests.alerts.rules import ALERTS, SHIPPED, Rule, seconds
from tests.plain_http import PLAIN
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE = ALERTS / "alertmanager.yml"
_NAMES = frozenset(rule.name for rule in SHIPPED)
_ORPHANS = frozenset({"TimesketchTimelineOrphaned", "TimesketchAnalysisOrphaned"})
_TIMELINES = _ORPHANS | {
    "TimesketchMassOrphaning",
    "TimesketchTimelinesStalled",
    "TimesketchTimelinesParked",
    "TimesketchVerdictsUnknown",
}
_WORKERS = frozenset(
    {"TimesketchWorkerDown", "TimesketchWorkerWedged", "TimesketchQueueNotDraining"}
)
_HOLDS_BACK = {
    "TimesketchScanStale": _TIMELINES
    | _WORKERS
    | {
        "TimesketchNoWorkers",
        "TimesketchScanIncomplete",
        "TimesketchSourceDown",
        "TimesketchSeriesDropped",
    },
    "TimesketchScanIncomplete": _TIMELINES,
    "TimesketchNoWorkers": _WORKERS,
    "TimesketchExporterHistoryDown": frozenset({"TimesketchExporterEventsDropped"}),
    "TimesketchMassOrphaning": _ORPHANS,
    "TimesketchRepairBrakeEngaged": _ORPHANS,
}
"""What an alert holds back of its own job. TimesketchExporterDown holds back all others."""

_CALM = frozenset({"TimesketchExporterDown", *_HOLDS_BACK})


def test_amtool_takes_it() -> None:
    """Nothing is wrong with the configuration, says amtool."""
    done = subprocess.run(
        ["amtool", "check-config", _FILE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", SHIPPED, ids=lambda rule: rule.name)
def test_route(rule: Rule) -> None:
    """People are told every alert, and the exporter those that ask for a repair."""
    receivers = "timesketch-exporter,people" if "repair" in rule.labels else "people"
    done = subprocess.run(
        [
            *("amtool", "config", "routes", "test", f"--config.file={_FILE}"),
            f"--verify.receivers={receivers}",
            *(f"{name}={value}" for name, value in _labels(rule, "timesketch-exporter").items()),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_exporter_first() -> None:
    """An orphan is repaired or refused before people hear of it, and asked for anew only later.

    The exporter leaves 15 minutes between two repairs of the same timeline (repair.cool-down).
    """
    exporter, people, _ = yaml.safe_load(_FILE.read_text())["route"]["routes"]
    assert exporter["matchers"] == people["matchers"]
    assert exporter["continue"]
    assert seconds(exporter["repeat_interval"]) > 15 * 60
    assert seconds(people["group_wait"]) > 90 > seconds(exporter["group_wait"])


def test_room_for_all_that_are_named() -> None:
    """As many alerts as the exporter names orphans go into one notification that it takes."""
    _, exporter = yaml.safe_load(_FILE.read_text())["receivers"]
    (hook,) = exporter["webhook_configs"]
    assert hook["max_alerts"] == Limits().orphans
    largest = max(len(json.dumps(_alert(rule))) for rule in SHIPPED if "repair" in rule.labels)
    assert largest * hook["max_alerts"] < MOST_BYTES


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[monitoring.Monitored]:
    """Return a running Alertmanager with the shipped configuration, whose webhook leads nowhere."""
    directory = tmp_path_factory.mktemp("alertmanager")
    token = directory / "token"
    token.write_text("secret\n")
    configuration = directory / "alertmanager.yml"
    configuration.write_text(
        fill(_FILE.read_text(), exporter="127.0.0.1:1", token=str(token), group_wait="1h")
    )
    with monitoring.alertmanager(configuration, directory) as server:
        yield server


def test_inhibition(alertmanager: monitoring.Monitored) -> None:
    """Where the ground of an alert is gone only the alert that says so is sent, job by job."""
    for source, held_back in _HOLDS_BACK.items():
        names = (_NAMES - _CALM) | held_back | {source}
        _post(alertmanager, names, job=source)
        _expect(alertmanager, held_back, job=source)
    _post(alertmanager, _NAMES - _CALM, job="calm")
    _expect(alertmanager, frozenset(), job="calm")

    _post(alertmanager, {"TimesketchExporterDown"}, job=None)
    _expect(alertmanager, _NAMES - _CALM, job="calm")
    _expect(alertmanager, frozenset(), job=None)


def test_every_source_and_component_is_known() -> None:
    """The names and components in the rules of inhibition are those of alerts that exist."""
    rules = yaml.safe_load(_FILE.read_text())["inhibit_rules"]
    matchers = [m for rule in rules for key in rule if key != "equal" for m in rule[key]]
    named = {name for m in matchers for name in m.split('"')[1].split("|") if "=" in m}
    components = {rule.labels["component"] for rule in SHIPPED}
    assert named <= _NAMES | components | {"timeline", "analysis"}
    assert components <= named | {"exporter"}


def _alert(rule: Rule) -> dict[str, object]:
    """An alert as a notification has it, with ids of seven digits (templates are as long)."""
    ids = dict.fromkeys(("sketch_id", "timeline_id", "analysis_id"), "1234567")
    return {
        "status": "firing",
        "labels": _labels(rule, "timesketch-exporter") | ids | {"analyzer": "feature_extraction"},
        "annotations": dict(rule.annotations),
        "startsAt": "2026-11-27T00:00:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": f"http://prometheus.example.org:9090/graph?g0.expr={quote(rule.expression)}",
        "fingerprint": "0123456789abcdef",
    }


def _labels(rule: Rule, job: str | None) -> dict[str, str]:
    return {"alertname": rule.name, **rule.labels} | ({} if job is None else {"job": job})


def _post(
    server: monitoring.Monitored, names: frozenset[str] | set[str], *, job: str | None
) -> None:
    alerts = [{"labels": _labels(rule, job)} for rule in SHIPPED if rule.name in names]
    httpx.post(f"{server.url}/api/v2/alerts", json=alerts).raise_for_status()


def _expect(server: monitoring.Monitored, names: frozenset[str], *, job: str | None) -> None:
    def held_back() -> set[str]:
        answer = httpx.get(f"{server.url}/api/v2/alerts", verify=PLAIN).raise_for_status()
        alerts: list[dict[str, Any]] = answer.json()  # Any: what the API answers
        of_job = [alert for alert in alerts if alert["labels"].get("job") == job]
        assert of_job
        return {alert["labels"]["alertname"] for alert in of_job if alert["status"]["inhibitedBy"]}

    until(lambda: held_back() == names, f"held back of {job}: {sorted(names)}", timeout=10)
