"""What docker-compose.yml promises, as far as reading it can tell."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter import __version__
from exporter.shipped.template import PLACES
from tests.container import dockerfile
from tests.container.compose import PROFILES, TOP, Mount, Service, document, dot_env, services

_WHOLE = document()
_SERVICES = [
    pytest.param(service, id=name)
    for profile in PROFILES
    for name, service in services(profile).items()
]
each_service = pytest.mark.parametrize("service", _SERVICES)


def test_schema() -> None:
    """It is what the schema of compose files wants."""
    command = [
        str(Path(sys.executable).with_name("check-jsonschema")),
        str(TOP / "docker-compose.yml"),
        *("--builtin-schema", "vendor.compose-spec"),
    ]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_one_or_the_other() -> None:
    """Every service is in one profile, and .env has the one that stands beside a Timesketch.

    A flag --profile replaces COMPOSE_PROFILES ("If flags are explicitly set on the command line,
    the associated environment variable is ignored": Docker's reference of `docker compose`). So
    neither set starts with the other.
    """
    for service in _WHOLE["services"].values():
        assert len(service["profiles"]) == 1
        assert service["profiles"][0] in PROFILES
    assert dot_env()["COMPOSE_PROFILES"] == "timesketch"


def test_variables() -> None:
    """Each variable has the default that stands in .env, and nothing in .env is unknown."""
    text = (TOP / "docker-compose.yml").read_text()
    used = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", text))
    assert text.count("${") == len(re.findall(r"\$\{[A-Z_]+:-[^}]*\}", text))
    assert used == {name: value for name, value in dot_env().items() if name != "COMPOSE_PROFILES"}


def test_demonstration_is_alone() -> None:
    """The demonstration needs no network, no secret and no file of a real Timesketch."""
    for service in services("demo").values():
        assert list(service.definition["networks"]) == ["demo"]
        assert not service.definition.get("secrets")
        assert all(
            mount.source == "demo-token" or mount.source.startswith("./")
            for mount in service.mounts
        )


def test_only_the_exporter_meets_timesketch() -> None:
    """Of the others, none is in Timesketch's network."""
    meeting = [
        name
        for name, service in services("timesketch").items()
        if "timesketch" in service.definition["networks"]
    ]
    assert meeting == ["timesketch-exporter"]
    assert _WHOLE["networks"]["timesketch"] == {"name": "timesketch_default", "external": True}


@each_service
def test_pinned(service: Service) -> None:
    """Its image has a version."""
    _, tag = service.definition["image"].split(":")
    assert re.match(r"v?\d+\.\d+(\.\d+)?(-alpine)?$", tag)


def test_own_image() -> None:
    """Our own image is built as the version that it is."""
    for service in _WHOLE["services"].values():
        if "build" in service:
            assert service["image"] == f"timesketch-exporter:{__version__}"
            assert service["build"] == {"context": ".", "args": {"VERSION": __version__}}
            assert service["user"] == dockerfile.of_the_image("USER")


@each_service
def test_few_rights(service: Service) -> None:
    """It is no root, has no capability, gains no rights, and cannot write its image's tree."""
    assert service.definition["security_opt"] == ["no-new-privileges:true"]
    assert service.definition["cap_drop"] == ["ALL"]
    assert service.definition["read_only"] is True
    uid, _ = service.definition["user"].split(":")
    assert int(uid) > 0
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service.definition)


@each_service
def test_health(service: Service) -> None:
    """It has a health check, which needs no shell, with a limit to its time."""
    assert service.health_command
    assert {"interval", "timeout"} <= set(service.definition["healthcheck"])


@each_service
def test_ports(service: Service) -> None:
    """What it publishes is published on this machine alone, unless somebody says otherwise."""
    for port in service.definition.get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)


@each_service
def test_mounts(service: Service) -> None:
    """Every file that it mounts is there and mounted to be read; every volume is declared."""
    for mount in service.mounts:
        if mount.named:
            assert mount.source in _WHOLE["volumes"]
        else:
            assert mount.read_only
        if mount.source.startswith("./") and not mount.source.startswith("./secrets/"):
            assert (TOP / mount.source).exists(), mount.source
    targets = [mount.target for mount in service.mounts]
    assert len(set(targets)) == len(targets)


@each_service
def test_secrets(service: Service) -> None:
    """Each secret is a file, declared, and none is the value of a variable."""
    for secret in service.definition.get("secrets", []):
        name = secret if isinstance(secret, str) else secret["source"]
        assert set(_WHOLE["secrets"][name]) == {"file"}
    for name in service.environment:
        assert not re.search(r"PASSWORD$|TOKEN$|SECRET$|URL$", name) or name in {
            "PROMETHEUS_URL",
            "TIMESKETCH_EXPORTER_TIMESKETCH__EXTERNAL_URL",
        }


def test_secrets_are_ignored() -> None:
    """Git does not see the directory in which the secrets lie."""
    assert "/secrets/" in (TOP / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("profile", PROFILES)
def test_shipped_configurations_fit(profile: str) -> None:
    """Names, ports and paths are those of the shipped configurations: nothing is filled in."""
    network = "monitoring" if profile == "timesketch" else "demo"
    found = {
        name: service for service in services(profile).values() for name in service.names(network)
    }
    for place in ("exporter", "alertmanager"):
        name, port = PLACES[place].split(":")
        assert f"127.0.0.1:{port}:{port}" in found[name].definition["ports"]
    configuration = _mounted(found["prometheus"], "./alerts/prometheus.yml")
    rules = _mounted(found["prometheus"], "./alerts/rules")
    assert f"{Path(configuration.target).parent}/{PLACES['rules']}" == f"{rules.target}/*.yml"
    token = PLACES["token"]
    assert any(
        token == mount.target or token == f"{mount.target}/{Path(token).name}"
        for mount in found["alertmanager"].mounts
    )


def _mounted(service: Service, source: str) -> Mount:
    (found,) = [mount for mount in service.mounts if mount.source == source]
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_grafana_finds_dashboards(profile: str) -> None:
    """The dashboards are mounted where the provisioning looks for them."""
    (grafana,) = [each for name, each in services(profile).items() if name.endswith("grafana")]
    dashboards = _mounted(grafana, "./grafana/dashboards").target
    provisioning = TOP / _mounted(grafana, "./grafana/provisioning").source
    (provider,) = (provisioning / "dashboards").glob("*.y*ml")
    read: dict[str, Any] = yaml.safe_load(provider.read_text())
    assert {each["options"]["path"] for each in read["providers"]} == {dashboards}
