"""The exporter, attached to the demonstration's Timesketch as an operator would attach it."""

from __future__ import annotations

import os
import secrets
import sys
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from prometheus_client.parser import text_string_to_metric_families

from exporter.demo.cast import MAY_REPAIR, SHORTENED
from exporter.demo.processes import Process, spawn
from exporter.errors import DemoServerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from exporter.demo.roles import Roles

WIDTH = 95
"""Columns of what commands print, so that it fits between the lines of the story."""

_ANSWER_WITHIN = 5.0
_OTHER_SETTINGS = ("TIMESKETCH_", "FLASK_")


@dataclass(frozen=True, slots=True)
class Published:
    """What Prometheus would learn: verdicts by timeline id, states by worker.

    `scanned` is false until the exporter has made its first scan.
    """

    scanned: bool = False
    timelines: Mapping[int, str] = field(default_factory=dict)
    workers: Mapping[str, str] = field(default_factory=dict)


class Token:
    """The webhook's token: made up, and written into a file that only we may read."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.secret = secrets.token_hex()
        file.touch(mode=0o600)
        file.write_text(f"{self.secret}\n", encoding="utf-8")


class Exporter:
    """`timesketch-exporter serve` as a process of its own."""

    def __init__(self, roles: Roles, broker_url: str, directory: Path, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.host_and_port = f"127.0.0.1:{port}"
        self.token = Token(directory / "webhook.token")
        self._roles = roles
        self._broker_url = broker_url
        self._directory = directory
        self._process: Process | None = None
        self._commands = 0

    def start(self) -> None:
        """Start it; it serves a second or two later."""
        flags = {
            "web.listen-address": self.host_and_port,
            "webhook.token-file": str(self.token.file),
            **MAY_REPAIR,
            **SHORTENED,
        }
        self._process = spawn(
            [sys.executable, "-m", "exporter", "serve", *_flags(flags)],
            name="exporter",
            directory=self._directory,
            env=self._environment(),
        )

    def command(self, *words: str) -> Process:
        """Start another command under the same settings; its log is what it prints."""
        self._commands += 1
        return spawn(
            [sys.executable, "-m", "exporter", *words, *_flags(SHORTENED)],
            name=f"{words[0]}-{self._commands}",
            directory=self._directory,
            env=self._environment() | {"COLUMNS": str(WIDTH)},
        )

    def scrape(self) -> Published:
        """Read /metrics; nothing while it starts. Raises DemoServerError if it has ended."""
        if self._process is not None and not self._process.alive():
            msg = f"the exporter has ended: {self._process.last_lines()}"
            raise DemoServerError(msg)
        url = f"{self.address}/metrics"
        try:
            with urllib.request.urlopen(url, timeout=_ANSWER_WITHIN) as page:  # noqa: S310  # nosec B310  # http
                return published_in(page.read().decode())
        except OSError:
            return Published()

    def _environment(self) -> dict[str, str]:
        """Ours, without the settings of a real installation.

        Addresses go this way because they hold a password, which an argument would show in `ps`.
        """
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_OTHER_SETTINGS)
        }
        return {
            **inherited,
            "TIMESKETCH_EXPORTER_DATABASE__URL": self._roles.reader,
            "TIMESKETCH_EXPORTER_REPAIR__DATABASE_URL": self._roles.repairer,
            "TIMESKETCH_EXPORTER_BROKER__URL": self._broker_url,
            "TIMESKETCH_EXPORTER_RESULTS__URL": self._broker_url,
            "TIMESKETCH_EXPORTER_JOURNAL__URL": f"sqlite:///{self._directory / 'journal.db'}",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.stop()


def _flags(settings: Mapping[str, str]) -> list[str]:
    return [f"--{name}={value}" for name, value in settings.items()]


def published_in(exposition: str) -> Published:
    """Read what matters to the story out of the text that Prometheus scrapes."""
    samples = [
        sample for family in text_string_to_metric_families(exposition) for sample in family.samples
    ]
    return Published(
        scanned=any(
            sample.name == "timesketch_exporter_last_scan_timestamp_seconds" for sample in samples
        ),
        timelines={
            int(sample.labels["timeline_id"]): sample.labels["verdict"]
            for sample in samples
            if sample.name == "timesketch_processing_timeline_since_timestamp_seconds"
        },
        workers={
            sample.labels["worker"]: sample.labels["state"]
            for sample in samples
            if sample.name == "timesketch_worker_state" and sample.value == 1
        },
    )
