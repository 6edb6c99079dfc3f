"""The services of docker-compose.yml, started by its command lines, find each other and work."""

from __future__ import annotations

import contextlib
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.container.compose import PROFILES
from tests.container.page import making_secrets
from tests.container.project import Project
from tests.container.sandbox import PATIENCE
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.container.image import Image

_EXPORTER = "http://127.0.0.1:19808"
_PROMETHEUS = "http://127.0.0.1:9090"
_TIMESKETCH_CONF = """\
SQLALCHEMY_DATABASE_URI = "postgresql://timesketch@postgres/timesketch"
CELERY_BROKER_URL = "redis://redis:6379"
CELERY_RESULT_BACKEND = "redis://redis:6379"
"""


@pytest.fixture(scope="module")
def projects(
    image: Image, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Project]]:
    """Both profiles, beside each other, each in a network of its own."""
    made = {
        profile: Project(profile, image, directory, _variables(directory))
        for profile in PROFILES
        for directory in [tmp_path_factory.mktemp(profile)]
    }
    with contextlib.ExitStack() as stack:
        with ThreadPoolExecutor() as pool:
            list(pool.map(stack.enter_context, made.values()))
        yield made


@pytest.fixture(params=PROFILES)
def project(projects: Mapping[str, Project], request: pytest.FixtureRequest) -> Project:
    """One of the two."""
    return projects[request.param]


def _variables(directory: Path) -> dict[str, str]:
    """An operator's choices; the secrets are made as the page tells."""
    conf = directory / "timesketch/etc/timesketch/timesketch.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(_TIMESKETCH_CONF)
    subprocess.run(["sh", "-e", "-c", making_secrets()], cwd=directory, check=True)
    return {
        "TIMESKETCH_DIRECTORY": str(directory / "timesketch"),
        "SECRETS_DIRECTORY": str(directory / "secrets"),
    }


def _api(project: Project, path: str) -> Any:  # noqa: ANN401  what JSON says has no better type
    answer = project.network.get(f"{_PROMETHEUS}/api/v1/{path}")
    return json.loads(answer)["data"] if answer else {}


def _value(project: Project, name: str, **labels: str) -> float:
    """The sum of the exporter's series of this name with these labels."""
    exposition = project.network.get(f"{_EXPORTER}/metrics") or ""
    return sum(
        sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_healthy(project: Project) -> None:
    """Every service is healthy by its own health check."""
    for name in project.services:
        project.wait_for_health(name)


def test_scraped(project: Project) -> None:
    """Prometheus scrapes the exporter under its name, has all rules, and knows Alertmanager."""

    def scraped() -> bool:
        targets = _api(project, "targets").get("activeTargets", [])
        return [target["health"] for target in targets] == ["up"]

    until(scraped, "Prometheus scrapes the exporter", timeout=PATIENCE)
    groups = _api(project, "rules")["groups"]
    assert {group["file"].partition("/rules/")[0] for group in groups} == {"/etc/prometheus"}
    assert len({group["file"] for group in groups}) > 1
    alertmanagers = _api(project, "alertmanagers")["activeAlertmanagers"]
    assert [each["url"] for each in alertmanagers] == ["http://alertmanager:9093/api/v2/alerts"]


def test_alert_arrives(project: Project) -> None:
    """An alert comes from Alertmanager to the exporter's webhook, whose token it has."""
    added = project.run(
        project.named("alertmanager"),
        *("amtool", "alert", "add", "TimesketchTimelineOrphaned"),
        *("repair=timeline", "timeline_id=4242", "--alertmanager.url=http://localhost:9093"),
    )
    assert added.returncode == 0, added.stderr
    exporter = project.named("timesketch-exporter")

    def accepted() -> bool:
        return _value(project, "timesketch_exporter_webhook_requests_total", code="202") > 0

    until(accepted, f"it arrives: {project.log(exporter)}", timeout=PATIENCE)


def test_settings_hold_for_commands(project: Project) -> None:
    """Another command in the exporter's container pauses the one that serves."""
    exporter = project.named("timesketch-exporter")
    paused = project.run(exporter, "timesketch-exporter", "pause", "we", "look")
    assert paused.returncode == 0, paused.stderr

    def is_paused() -> bool:
        return _value(project, "timesketch_exporter_repair_paused") == 1

    until(is_paused, "it is paused", timeout=PATIENCE)


def test_demonstration_works(projects: Mapping[str, Project]) -> None:
    """Workers of the demonstration import, and the exporter sees everything."""
    demo = projects["demo"]
    had = 'max_over_time(timesketch_processing_timelines{verdict="running"}[1h])'

    def imports() -> bool:
        found = _api(demo, f"query?query={quote(had)}").get("result", [])
        return any(float(each["value"][1]) > 0 for each in found)

    until(imports, f"it imports: {demo.log('demo-timesketch')}", timeout=PATIENCE)
    for source in ("database", "broker", "workers", "heartbeats", "results"):
        assert _value(demo, "timesketch_exporter_source_up", source=source) == 1


def test_stops(project: Project) -> None:
    """Every service ends in good order when it is told to."""
    for name in reversed(project.services):
        assert project.stop(name) == 0, project.log(name)
