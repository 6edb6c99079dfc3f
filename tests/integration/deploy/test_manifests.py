"""The manifests for Kubernetes are valid, closed, and fit to each other and to the exporter."""

from __future__ import annotations

import json
import re
import subprocess
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
import yaml

from deploy.kubernetes.generate import MADE, dashboards
from exporter.settings.catalogue import BY_NAME
from exporter.web.csrf import LASTS_SECONDS
from tests.alerts.rules import ALERTS, RULE_FILES
from tests.integration.deploy.manifests import (
    CONTAINER,
    MANIFESTS,
    MONITORING,
    POD,
    SECRET_KEYS,
    of_kind,
)
from tests.integration.deploy.unit_file import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.deploy.manifests import Manifest

_OLD, _NEW = "1.29", "1.37"
_OPERATORS = ("PrometheusRule", "ServiceMonitor")
_OWN = sorted(name for name in MANIFESTS if name.partition("/")[0] not in _OPERATORS)
_LARGEST_CONFIG_MAP = 1024 * 1024

# The libraries that know the schemas are imported where they are used: every process that collects
# tests would import them, and needs more than twice as long with them as without.


def _validate(manifest: Manifest, version: str) -> None:
    import_module("kubernetes_validate").validate(manifest, version, strict=True)


@pytest.mark.parametrize("version", [_OLD, _NEW])
@pytest.mark.parametrize("name", _OWN)
def test_schema(name: str, version: str) -> None:
    """Each is valid for an old and a new Kubernetes, and has no unknown key."""
    _validate(MANIFESTS[name], version)


@pytest.mark.parametrize("kind", _OPERATORS)
def test_schema_of_operator(kind: str) -> None:
    """The Prometheus Operator's resources are valid, and no key is lost in its types."""
    operator = import_module("cloudcoil.models.prometheus_operator.v1")
    taken = getattr(operator, kind).model_validate(of_kind(kind))
    shown = taken.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert shown == of_kind(kind)


@pytest.mark.parametrize("name", sorted(MADE))
def test_up_to_date(name: str) -> None:
    """What is made from rules and dashboards is what `make docs` writes."""
    assert (MONITORING / f"{name}.yml").read_text(encoding="utf-8") == MADE[name]()


def test_rules(tmp_path: Path) -> None:
    """The PrometheusRule has every group as its file has it, and Prometheus accepts them."""
    spec = of_kind("PrometheusRule")["spec"]
    written = [yaml.safe_load(file.read_text())["groups"] for file in RULE_FILES]
    assert spec["groups"] == [group for groups in written for group in groups]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump(spec))
    done = subprocess.run(
        ["promtool", "check", "rules", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_dashboards(tmp_path: Path) -> None:
    """Each dashboard becomes a ConfigMap that Kubernetes takes, with its very text."""
    texts = {f"{name}.json": f'{{\n  "title": "{name} {{{{x}}}}"\n}}\n' for name in ("one", "two")}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    made = list(yaml.safe_load_all(dashboards(tmp_path)))
    assert {name: text for each in made for name, text in each["data"].items()} == texts
    for each in made:
        _validate(each, _NEW)


def test_dashboards_are_small_enough() -> None:
    """No dashboard is larger than a ConfigMap may be."""
    made = [each for each in yaml.safe_load_all(dashboards()) if each]
    assert [each for each in made if len(json.dumps(each)) > _LARGEST_CONFIG_MAP] == []


def test_closed() -> None:
    """The container has no rights, writes nowhere but /tmp, and has no token of the cluster."""
    assert POD["spec"]["automountServiceAccountToken"] is False
    assert POD["spec"]["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65534,
        "runAsGroup": 65534,
        "fsGroup": 65534,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    writable = [each["mountPath"] for each in CONTAINER["volumeMounts"] if "readOnly" not in each]
    assert writable == ["/tmp"]  # noqa: S108  a directory of its own
    assert CONTAINER["image"].rpartition(":")[2] != "latest"
    assert "memory" in CONTAINER["resources"]["limits"]


def test_found_by_each_other() -> None:
    """Every selector names the pods' label, and every port the container's."""
    own = POD["metadata"]["labels"]
    deployment, service = of_kind("Deployment")["spec"], of_kind("Service")
    assert deployment["selector"]["matchLabels"] == own
    assert service["spec"]["selector"] == own
    assert of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == own
    assert of_kind("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == own
    monitor = of_kind("ServiceMonitor")["spec"]
    assert monitor["selector"]["matchLabels"] == service["metadata"]["labels"]
    (port,) = CONTAINER["ports"]
    (served,) = service["spec"]["ports"]
    assert served["name"] == served["targetPort"] == port["name"]
    assert f":{port['containerPort']}" == BY_NAME["web.listen-address"].default
    assert of_kind("NetworkPolicy")["spec"]["ingress"][0]["ports"] == [{"port": port["name"]}]
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        assert CONTAINER[probe]["httpGet"]["port"] == port["name"]
    assert of_kind("PodDisruptionBudget")["spec"]["minAvailable"] < deployment["replicas"]


@pytest.mark.parametrize("page", ["install-kubernetes.md", "install-osdfir.md"])
def test_secret_is_told(page: str) -> None:
    """The pages make a Secret with exactly the keys that the settings name."""
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    told = re.findall(r"--from-literal=([a-z-]+)=", text)
    assert sorted(told) == sorted(SECRET_KEYS.values())


def test_forms_come_back() -> None:
    """Whoever was shown a form sends it to the same replica for as long as it holds."""
    spec = of_kind("Service")["spec"]
    assert spec["sessionAffinity"] == "ClientIP"
    assert spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"] >= LASTS_SECONDS


def test_scraped_as_shipped() -> None:
    """The operator's Prometheus scrapes as often, and under the same job, as the shipped one."""
    shipped = yaml.safe_load((ALERTS / "prometheus.yml").read_text())
    (endpoint,) = of_kind("ServiceMonitor")["spec"]["endpoints"]
    assert endpoint["interval"] == shipped["global"]["scrape_interval"]
    assert endpoint["scrapeTimeout"] == shipped["global"]["scrape_timeout"]
    assert endpoint["path"] == BY_NAME["web.telemetry-path"].default
    # The operator calls a job as its Service.
    assert of_kind("Service")["metadata"]["name"] == shipped["scrape_configs"][0]["job_name"]


def test_replicas_differ_in_instance_alone(tmp_path: Path) -> None:
    """With the labels that the operator gives targets, two replicas still make one alert."""
    (endpoint,) = of_kind("ServiceMonitor")["spec"]["endpoints"]
    targets = [
        {
            "targets": [f"10.0.0.{number}:19808"],
            "labels": {
                "namespace": "timesketch",
                "service": "timesketch-exporter",
                "endpoint": "http",
                "container": "timesketch-exporter",
                "pod": f"timesketch-exporter-{number}",
                "node": f"node{number}",
            },
        }
        for number in (1, 2)
    ]
    job = {"job_name": "j", "static_configs": targets, "relabel_configs": endpoint["relabelings"]}
    file = tmp_path / "prometheus.yml"
    file.write_text(yaml.safe_dump({"scrape_configs": [job]}))
    done = subprocess.run(
        ["promtool", "check", "service-discovery", "--timeout=1s", file, "j"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = [each["labels"] for each in json.loads(done.stdout)]
    instances = {labels.pop("instance", labels["__address__"]) for labels in found}
    for labels in found:
        labels.pop("__address__")
    assert len(instances) == 2
    assert found[0] == found[1]
    assert {"namespace", "service"} <= found[0].keys()
