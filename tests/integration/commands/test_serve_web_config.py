"""`serve` with a web configuration file, and `health` beside it."""

from __future__ import annotations

import signal
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import bcrypt
import httpx
import pytest

from exporter.demo.processes import free_port
from tests.certificates import Authority
from tests.integration.commands.serving import (
    NOWHERE,
    PATIENCE,
    Serving,
    environment,
    run,
)
from tests.smithy import exporter
from tests.unit.web.webhook.notifications import alert, body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TLS = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
REQUIRED = (
    "tls_server_config: {cert_file: server.crt, key_file: server.key, "
    "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt}\n"
)
ALICE = f"basic_auth_users: {{alice: {bcrypt.hashpw(b'right', bcrypt.gensalt(4)).decode()}}}\n"
DRAINS_WITHIN = 5.0


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Return the authority of the servers and of their clients."""
    return Authority()


def written(directory: Path, text: str, authority: Authority) -> Path:
    """A web configuration file with the certificates that it names."""
    authority.issue(directory, "server", "localhost")
    (directory / "ca.crt").write_bytes(authority.pem)
    path = directory / "web.yml"
    path.write_text(text)
    return path


def health(serving: Serving, web_config_file: Path) -> tuple[int, str]:
    """What `health` ends with and says of it."""
    ended = run(
        "health",
        f"--web.listen-address=127.0.0.1:{serving.port}",
        f"--web.config.file={web_config_file}",
        settings={},
    )
    return ended.returncode, ended.stdout + ended.stderr


@contextmanager
def serving_with(web_config_file: Path) -> Iterator[Serving]:
    """`serve` with this file, once `health` is content with it."""
    port = free_port()
    process = exporter.start(
        [
            "serve",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--web.config.file={web_config_file}",
        ],
        name="serve",
        directory=web_config_file.parent,
        env=environment(NOWHERE),
    )
    serving = Serving(process, port)
    try:
        serving.wait_for(lambda: health(serving, web_config_file)[0] == 0)
        yield serving
    finally:
        process.stop()


def test_users_and_tls(tmp_path: Path, authority: Authority) -> None:
    """Every page but health asks for a password, over TLS, and answers with our headers."""
    client = authority.client()
    with serving_with(written(tmp_path, TLS + ALICE, authority)) as serving:
        url = f"https://localhost:{serving.port}"
        for path in ("/", "/metrics", "/reference", "/openapi.json", "/static/exporter.css", "/no"):
            refused = httpx.get(url + path, verify=client, timeout=PATIENCE)
            assert refused.status_code == 401, path
            assert "content-security-policy" in refused.headers
            # It would hold for neighbours on other ports as well: the file may ask for it.
            assert "strict-transport-security" not in refused.headers
        for path in ("/", "/metrics"):
            answer = httpx.get(url + path, verify=client, auth=("alice", "right"), timeout=PATIENCE)
            assert answer.status_code == 200
        assert httpx.get(f"{url}/-/healthy", verify=client).text.endswith("is healthy\n")
        assert health(serving, tmp_path / "web.yml") == (0, "timesketch-exporter is healthy\n")
        assert "Traceback" not in serving.log()


def test_health_of_one_that_asks_for_certificates(tmp_path: Path, authority: Authority) -> None:
    """`health` has no certificate, and takes it as good health that it is asked for one."""
    path = written(tmp_path, REQUIRED, authority)
    with serving_with(path) as serving:
        content = (0, "timesketch-exporter asks for a client certificate\n")
        assert health(serving, path) == content
        path.write_text("broken: since it was started")
        assert health(serving, path) == content
    code, said = health(serving, path)
    assert code == 1
    assert "no exporter answers" in said


def test_health_of_one_that_hangs(tmp_path: Path, authority: Authority) -> None:
    """One that takes connections and says nothing is not healthy, whatever it asks for."""
    path = written(tmp_path, REQUIRED, authority)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ended = run(
            "health",
            f"--web.listen-address=127.0.0.1:{silent.getsockname()[1]}",
            f"--web.config.file={path}",
            settings={},
        )
    assert ended.returncode == 1
    assert "timed out" in ended.stderr


def test_health_without_tls(tmp_path: Path, authority: Authority) -> None:
    """With users alone `health` asks plainly, and needs no password."""
    path = written(tmp_path, ALICE, authority)
    with serving_with(path) as serving:
        assert health(serving, path) == (0, "timesketch-exporter is healthy\n")
        assert serving.get("/metrics").status_code == 401
        path.write_text("broken: since it was started")
        assert health(serving, path) == (0, "timesketch-exporter is healthy\n")


def test_a_wrong_file_ends_it_before_it_begins(tmp_path: Path) -> None:
    """Each problem of the file is a line, and the exit code is that of wrong usage."""
    path = tmp_path / "web.yml"
    path.write_text("tls_server_config: {cert_fle: x, min_version: TLS11}")
    ended = run("serve", f"--web.config.file={path}", settings=NOWHERE)
    assert ended.returncode == 2
    versions, key = ended.stderr.splitlines()
    told = f"timesketch-exporter: {path}: tls_server_config."
    assert versions == f"{told}min_version: TLS11 is broken and not offered; write TLS12 or TLS13"
    assert key == f"{told}cert_fle: unknown key; the format is that of exporter-toolkit"


def test_signal_ends_it_in_time_in_spite_of_handshakes(
    tmp_path: Path, authority: Authority
) -> None:
    """SIGTERM ends it within 5 s, although some clients never finish their handshakes."""
    with (
        serving_with(written(tmp_path, TLS, authority)) as serving,
        socket.create_connection(("127.0.0.1", serving.port)),
        socket.create_connection(("127.0.0.1", serving.port)) as half,
    ):
        half.sendall(b"\x16\x03\x01\x02\x00\x01")
        assert health(serving, tmp_path / "web.yml")[0] == 0
        began = time.monotonic()
        serving.process.send(signal.SIGTERM)
        assert serving.process.wait(PATIENCE) == 0, serving.log()
        assert time.monotonic() - began < DRAINS_WITHIN
    assert "Traceback" not in serving.log()


def test_the_webhook_knows_who_asks(tmp_path: Path, authority: Authority) -> None:
    """Whoever has a password, or a certificate, may post to the webhook without any token."""
    content = body(alert(1, status="resolved"))
    headers = {"Content-Type": "application/json"}
    anybody = authority.client()
    somebody = authority.client(authority.issue(tmp_path, "alertmanager", "alertmanager"))
    with serving_with(written(tmp_path, TLS + ALICE, authority)) as serving:
        url = f"https://localhost:{serving.port}/webhook"
        codes = [
            httpx.post(url, content=content, headers=headers, verify=anybody, auth=auth).status_code
            for auth in (("alice", "right"), ("alice", "wrong"), None)
        ]
        assert codes == [202, 401, 401]
    with serving_with(written(tmp_path, REQUIRED, authority)) as serving:
        url = f"https://localhost:{serving.port}/webhook"
        answer = httpx.post(url, content=content, headers=headers, verify=somebody)
        assert answer.status_code == 202
