"""A real Prometheus, whose TLS is Go's, gets in with what the file asks for, and not without."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import bcrypt
import httpx
import pytest
import yaml

from exporter.demo.processes import free_port, spawn
from tests.integration.web.https_server import CERTIFICATE, CLIENTS, PATIENCE
from tests.plain_http import PLAIN

if TYPE_CHECKING:
    from exporter.demo.processes import Process
    from tests.integration.web.https_server import Scene

NAMES = "  client_allowed_sans: [prometheus.example]\n"
ALICE = f"basic_auth_users: {{alice: {bcrypt.hashpw(b'right', bcrypt.gensalt(4)).decode()}}}\n"


def job(scene: Scene, name: str, **login: object) -> dict[str, object]:
    """A scrape job that trusts the server's authority and logs in so."""
    (scene.directory / "servers.crt").write_bytes(scene.servers.pem)
    return {
        "job_name": name,
        "scheme": "https",
        "static_configs": [{"targets": [f"localhost:{scene.port}"]}],
        "tls_config": {"ca_file": "servers.crt"},
        **login,
    }


def targets(scene: Scene, *jobs: dict[str, object]) -> dict[str, dict[str, str]]:
    """What Prometheus says of each job's target once it has scraped it."""
    prometheus = shutil.which("prometheus")
    assert prometheus is not None, "install Debian's package prometheus"
    config = {"global": {"scrape_interval": "1s"}, "scrape_configs": list(jobs)}
    (scene.directory / "prometheus.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    process = spawn(
        [
            prometheus,
            f"--config.file={scene.directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={scene.directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        name="prometheus",
        directory=scene.directory,
    )
    try:
        return _scraped(process, f"http://127.0.0.1:{port}/api/v1/targets", len(jobs))
    finally:
        process.stop()


def _scraped(process: Process, url: str, jobs: int) -> dict[str, dict[str, str]]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(url, verify=PLAIN).raise_for_status()
            active = answer.json()["data"]["activeTargets"]
        except httpx.HTTPError:
            active = []  # not listening yet, or not ready
        seen = {target["labels"]["job"]: target for target in active}
        if len(seen) == jobs and all(target["health"] != "unknown" for target in seen.values()):
            return seen
        time.sleep(0.1)
    pytest.fail(process.log.read_text())


def test_gets_in_with_certificate_and_password(scene: Scene) -> None:
    """With both it is answered; without the one it is hung up on, without the other it is 401."""
    known = scene.certificate("prometheus")
    stranger = scene.certificate("stranger")
    trusting = {"ca_file": "servers.crt"}
    shown = trusting | {"cert_file": known.certificate.name, "key_file": known.key.name}
    other = trusting | {"cert_file": stranger.certificate.name, "key_file": stranger.key.name}
    login = {"username": "alice", "password": "right"}
    with scene.serving(CERTIFICATE + CLIENTS + NAMES + ALICE):
        found = targets(
            scene,
            job(scene, "both", tls_config=shown, basic_auth=login),
            job(scene, "no-password", tls_config=shown),
            job(scene, "no-certificate", basic_auth=login),
            job(scene, "other-name", tls_config=other, basic_auth=login),
        )
    assert (found["both"]["health"], found["both"]["lastError"]) == ("up", "")
    assert "401 Unauthorized" in found["no-password"]["lastError"]
    for refused in ("no-certificate", "other-name"):
        assert found[refused]["health"] == "down"
        assert "HTTP status" not in found[refused]["lastError"]
