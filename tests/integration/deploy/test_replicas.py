"""The Deployment's two replicas, as processes with its very arguments and files."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.demo.processes import free_port
from tests.integration.commands.serving import Serving, environment
from tests.integration.deploy.manifests import CONTAINER, SECRET_KEYS, SECRETS, of_kind
from tests.smithy import exporter
from tests.unit.web.webhook.notifications import alert, body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exporter.demo.servers import Postgres
    from tests.integration.observe.timesketch_database import TimesketchDatabase

_TOKEN = "a token"
_CONFIGURATION = "/etc/timesketch-exporter"


@pytest.fixture
def mounted(
    on_postgres: TimesketchDatabase, broker_url: str, postgres: Postgres, tmp_path: Path
) -> Iterator[Path]:
    """Return the directory of the mounted files, whose Secret names real servers."""
    journal = f"journal_{uuid.uuid4().hex[:12]}"
    secret = {
        "database-url": on_postgres.roles.reader,
        "repair-database-url": on_postgres.roles.repairer,
        # As OSDFIR's chart has it: a password, for a Redis that wants none.
        "broker-url": broker_url.replace("://", "://default:a-password@"),
        "results-url": broker_url,
        "journal-url": postgres.create_database(journal),
        "webhook-token": _TOKEN,
    }
    assert set(SECRET_KEYS.values()) == secret.keys()
    for key, value in secret.items():
        (tmp_path / key).write_text(f"{value}\n")
    text = of_kind("ConfigMap")["data"]["config.yml"].replace(SECRETS, str(tmp_path))
    (tmp_path / "config.yml").write_text(text)
    yield tmp_path
    postgres.drop_database(journal)


@pytest.fixture
def replicas(mounted: Path) -> Iterator[list[Serving]]:
    """Return as many replicas as the Deployment has."""
    arguments = [each.replace(_CONFIGURATION, str(mounted)) for each in CONTAINER["args"]]
    with ExitStack() as stack:
        started = []
        for number in range(of_kind("Deployment")["spec"]["replicas"]):
            port = free_port()
            process = exporter.start(
                [*arguments, f"--web.listen-address=127.0.0.1:{port}"],
                name=f"replica{number}",
                directory=mounted,
                env=environment({}),
            )
            stack.callback(process.stop)
            started.append(Serving(process, port))
        yield started


def test_replicas(replicas: list[Serving], mounted: Path) -> None:
    """They start at once on one journal, answer the probes, and know of each other's requests."""
    for replica in replicas:
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            path = CONTAINER[probe]["httpGet"]["path"]
            replica.wait_for(partial(_answers, replica, path))
        replica.wait_for(partial(_is, replica, 1, "timesketch_exporter_journal_up"))
        replica.wait_for(
            partial(_is, replica, 1, "timesketch_exporter_source_up", source="database")
        )
        replica.wait_for(partial(_is, replica, 1, "timesketch_exporter_source_up", source="broker"))
    asked = [_notified(replica) for replica in replicas]
    assert asked[0] == asked[1]
    paused = exporter.run(
        ["pause", "a test", f"--config.file={mounted / 'config.yml'}"],
        env=environment({}),
        timeout=60,
    )
    assert paused.returncode == 0, paused.stderr
    for replica in replicas:
        replica.wait_for(partial(_is, replica, 1, "timesketch_exporter_repair_paused"))


def _answers(replica: Serving, path: str) -> bool:
    return replica.get(path).status_code == httpx.codes.OK


def _is(replica: Serving, value: float, name: str, **labels: str) -> bool:
    return replica.value(name, **labels) == value


def _notified(replica: Serving) -> list[str]:
    """Post what another Alertmanager has posted to another replica; the ids of the requests."""
    answer = httpx.post(
        f"{replica.url}/webhook",
        content=body(alert(4242)),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {_TOKEN}"},
    )
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    return [each["request_id"] for each in answer.json()["requests"]]
