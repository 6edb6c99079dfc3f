"""A Prometheus of the Debian package prometheus, with data and a port of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import httpx

from exporter.demo.processes import Process, free_port, spawn
from tests.servers.waiting import wait_until_up

if TYPE_CHECKING:
    from pathlib import Path

_START_TIMEOUT = 30.0


class Prometheus:
    """A Prometheus on loopback. Its first scrape comes within one scrape interval of its start."""

    def __init__(self, configuration: Path, directory: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._configuration = configuration
        self._directory = directory
        self._process: Process | None = None

    def start(self) -> None:
        """Start and wait until it is ready (a tenth of a second)."""
        self._process = spawn(
            [
                "prometheus",
                f"--config.file={self._configuration}",
                f"--storage.tsdb.path={self._directory / 'prometheus'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            name="prometheus",
            directory=self._directory,
        )
        wait_until_up(self._process, self._answers, timeout=_START_TIMEOUT)

    def stop(self) -> None:
        """Shut down in order."""
        if self._process is not None:
            self._process.stop()

    def log(self) -> str:
        """What it logged so far."""
        return self._process.log.read_text() if self._process is not None else ""

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=2).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
