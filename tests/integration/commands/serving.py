"""The installed command as a process, and what it answers."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
from prometheus_client.parser import text_string_to_metric_families

from exporter.demo.processes import free_port
from tests.plain_http import PLAIN
from tests.planted import require_none
from tests.smithy import exporter

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from exporter.demo.processes import Process
    from tests.smithy.forged import Forged

NOWHERE = {
    "database.url": "postgresql://timesketch:secret@127.0.0.1:1/timesketch",
    "broker.url": "redis://:secret@127.0.0.1:1/0",
    "results.url": "redis://:secret@127.0.0.1:1/0",
}
"""Addresses at which nothing listens."""

PATIENCE = 60.0


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment that hands these settings to the command, and no others.

    Tables are as wide as their contents, so that no word is cut in two.
    """
    inherited = {key: value for key, value in os.environ.items() if "TIMESKETCH" not in key}
    return (
        inherited
        | {"COLUMNS": "400"}
        | {
            f"TIMESKETCH_EXPORTER_{name.replace('.', '__').replace('-', '_').upper()}": value
            for name, value in settings.items()
        }
    )


def run(*arguments: str, settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return exporter.run(arguments, env=environment(settings), timeout=PATIENCE)


@dataclass(frozen=True)
class Serving:
    """`timesketch-exporter serve` as a process, and its address."""

    process: Process | Forged
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> httpx.Response:
        """The answer to a GET request; fails where it tells a planted secret."""
        answer = httpx.get(f"{self.url}{path}", headers=headers, timeout=PATIENCE, verify=PLAIN)
        require_none(f"{answer.headers}{answer.text}", path)
        return answer

    def raw(self, request: bytes) -> bytes:
        """What is answered to these bytes until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer

    def log(self) -> str:
        """Everything that it logged so far."""
        return self.process.log.read_text()

    def value(self, name: str, **labels: str) -> float | None:
        """A series' value, or None where there is no such series."""
        for family in text_string_to_metric_families(self.get("/metrics").text):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return float(sample.value)
        return None

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Poll until the condition holds; fails with the log when that takes too long."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except httpx.TransportError:
                pass  # not listening yet
            assert self.process.alive(), self.log()
            time.sleep(0.05)
        raise AssertionError(self.log())


def serve(
    directory: Path, settings: Mapping[str, str], *, port: int | None = None, prefix: str = ""
) -> Serving:
    """Start serving, on a free port unless one is given; ready when this returns.

    `prefix` is the path that the settings put everything under.
    """
    port = port or free_port()
    process = exporter.start(
        ["serve", f"--web.listen-address=127.0.0.1:{port}"],
        name="serve",
        directory=directory,
        env=environment(settings),
    )
    serving = Serving(process, port)
    try:
        serving.wait_for(lambda: serving.get(f"{prefix}/-/ready").status_code == httpx.codes.OK)
    except BaseException:
        process.kill()
        raise
    return serving
