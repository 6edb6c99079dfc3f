"""Prometheus and Alertmanager with the shipped rules and configurations, beside an exporter.

Debian's programs: the packages prometheus and prometheus-alertmanager.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
import urllib.request
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from prometheus_client.parser import text_string_to_metric_families

from exporter.demo.processes import Process, free_port, spawn
from exporter.errors import DemoServerError
from exporter.shipped import shipped
from exporter.shipped.template import fill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PROGRAMS = ("prometheus", "prometheus-alertmanager")

START_TIMEOUT = 30.0
_ANSWER_WITHIN = 5.0
_POLL_INTERVAL = 0.05


def missing_programs() -> list[str]:
    """Those of the programs that are not on the PATH."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


@dataclass
class Monitored:
    """A server of the Prometheus family on a loopback port of its own."""

    arguments: Sequence[str | Path]
    directory: Path
    port: int = field(default_factory=free_port)
    _process: Process | None = None

    @property
    def url(self) -> str:
        """Its address; its pages are there too."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is ready (a tenth of a second); raises DemoServerError."""
        program, *flags = self.arguments
        listen = f"--web.listen-address=127.0.0.1:{self.port}"
        name = f"{program}-{self.port}"
        self._process = spawn([program, *flags, listen], name=name, directory=self.directory)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._is_ready():
            if not self._process.alive() or time.monotonic() > deadline:
                msg = f"{program} did not start: {self._process.last_lines()}"
                raise DemoServerError(msg)
            time.sleep(_POLL_INTERVAL)

    def stop(self) -> None:
        """Shut it down in order."""
        if self._process is not None:
            self._process.stop()

    def log(self) -> str:
        """What it logged so far."""
        return "" if self._process is None else self._process.log.read_text(errors="replace")

    # What JSON says has no better type.
    def ask(self, path: str) -> Any:  # noqa: ANN401
        """The JSON at a path; raises OSError where it does not answer."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=_ANSWER_WITHIN) as page:  # noqa: S310  # nosec B310  # http
            return json.load(page)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of its own series of this name with these labels; raises OSError."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=_ANSWER_WITHIN) as page:  # noqa: S310  # nosec B310  # http
            families = text_string_to_metric_families(page.read().decode())
            return sum(
                sample.value
                for family in families
                for sample in family.samples
                if sample.name == name and labels.items() <= sample.labels.items()
            )

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            url = f"{self.url}/-/ready"
            with urllib.request.urlopen(url, timeout=_ANSWER_WITHIN) as page:  # noqa: S310  # nosec B310  # http
                return bool(page.status == HTTPStatus.OK)
        return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def alertmanager(configuration: Path, directory: Path) -> Monitored:
    """An Alertmanager without a cluster; notification log and silences lie in `directory`."""
    return Monitored(
        [
            "prometheus-alertmanager",
            f"--config.file={configuration}",
            f"--storage.path={directory}",
            "--cluster.listen-address=",
        ],
        directory,
    )


def prometheus(configuration: Path, directory: Path) -> Monitored:
    """A Prometheus; its first scrape comes within a scrape interval of its start."""
    return Monitored(
        ["prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={directory}"],
        directory,
    )


class Monitoring:
    """A Prometheus that scrapes an exporter, and Alertmanagers that post to its webhook.

    `exporter` and `webhook` are host and port, `token` is the file with the webhook's token.
    `intervals` replace those of the shipped files, by name (exporter/shipped/template.py).
    """

    def __init__(
        self,
        *,
        exporter: str,
        token: Path,
        directory: Path,
        webhook: str | None = None,
        alertmanagers: int = 1,
        intervals: Mapping[str, str] | None = None,
    ) -> None:
        self._exporter = exporter
        self._webhook = webhook or exporter
        self._token = token
        self._directory = directory
        self._intervals = intervals or {}
        self.alertmanagers = [self._alertmanager(number) for number in range(alertmanagers)]
        self.prometheus = self._prometheus()

    def scrapes(self) -> bool:
        """Whether Prometheus has read the exporter's metrics the last time that it tried."""
        targets = self.prometheus.ask("/api/v1/targets")["data"]["activeTargets"]
        return any(target["health"] == "up" for target in targets)

    def firing(self, alert: str) -> list[dict[str, Any]]:
        """The alerts of this name that fire in Prometheus, as its API tells them."""
        alerts = self.prometheus.ask("/api/v1/alerts")["data"]["alerts"]
        return [
            each
            for each in alerts
            if each["labels"]["alertname"] == alert and each["state"] == "firing"
        ]

    def start(self) -> None:
        """Start all of them, Prometheus last; raises DemoServerError."""
        for server in (*self.alertmanagers, self.prometheus):
            server.start()

    def stop(self) -> None:
        """Stop all of them."""
        for server in (self.prometheus, *self.alertmanagers):
            server.stop()

    def _alertmanager(self, number: int) -> Monitored:
        directory = self._directory / f"alertmanager-{number}"
        configuration = self._fill(
            "alertmanager.yml", directory, exporter=self._webhook, token=str(self._token)
        )
        return alertmanager(configuration, directory)

    def _prometheus(self) -> Monitored:
        # The shipped file has one Alertmanager in a list: more go behind it.
        targets = [f"127.0.0.1:{each.port}" for each in self.alertmanagers]
        configuration = self._fill(
            "prometheus.yml",
            self._directory / "prometheus",
            exporter=self._exporter,
            alertmanager=", ".join(targets),
            rules=str(shipped("alerts") / "rules" / "*.yml"),
        )
        return prometheus(configuration, configuration.parent)

    def _fill(self, name: str, directory: Path, **places: str) -> Path:
        """The shipped file with these places and our intervals in it, in a directory of its own."""
        text = (shipped("alerts") / name).read_text(encoding="utf-8")
        intervals = {key: value for key, value in self._intervals.items() if f"{key}:" in text}
        directory.mkdir()
        configuration = directory / name
        configuration.write_text(fill(text, **places, **intervals), encoding="utf-8")
        return configuration

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
