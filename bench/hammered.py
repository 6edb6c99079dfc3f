"""What machines ask of `serve` while 50 clients hammer the pages over 5,000 processing timelines.

Metrics, health and webhook are asked by turns for some seconds without the crowd, then with it, and
so on: both share whatever else the machine has to do.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import waiting
from bench.serving import serve
from bench.site import Site
from bench.spread import within
from exporter.demo.processes import spawn
from tests.unit.web.webhook.notifications import alert, body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exporter.demo.processes import Process

_PAGES = ("/", "/timelines", "/timelines?sort=worker&page=40", "/timelines/1", "/repairs")
_PAUSE = 0.002
_AT_MOST = 60
"""Seconds after which a crowd ends by itself."""

QUICK = {"processing": 50, "clients": 5, "rounds": 1, "seconds": 0.5}


@dataclass(frozen=True)
class Probe:
    """A request of a machine, and the code that it expects."""

    method: str
    path: str
    code: int
    content: bytes | None = None


_PROBES = (
    Probe("GET", "/-/healthy", 200),
    Probe("GET", "/metrics", 200),
    # The first is stored; the others are found to be duplicates, as Alertmanager sends them.
    Probe("POST", "/webhook", 202, body(alert(1))),
)


def measure(
    directory: Path,
    *,
    processing: int = 5_000,
    clients: int = 50,
    rounds: int = 6,
    seconds: float = 10.0,
) -> dict[str, object]:
    """Return how long answers take without and with the crowd, and the ratio."""
    with Site(directory) as site:
        site.fill(timelines=10_000, processing=processing, sketches=2_000)
        with serve(site, webhook__insecure="true") as ours:
            waiting.until(lambda: 'id="timeline-' in ours.get("/timelines"), "a scan")
            idle: dict[str, list[float]] = {probe.path: [] for probe in _PROBES}
            loaded: dict[str, list[float]] = {probe.path: [] for probe in _PROBES}
            pages = 0
            for number in range(rounds):
                _ask(ours.port, idle, seconds)
                with _crowd(ours.port, clients, directory / f"crowd{number}") as crowd:
                    _ask(ours.port, loaded, seconds)
                pages += _pages_of(crowd)
    return {
        "target": {f"answers.{probe.path}.ratio": 2.0 for probe in _PROBES},
        "processing_timelines": processing,
        "clients": clients,
        "pages": list(_PAGES),
        "pages_per_second": round(pages / (rounds * seconds), 1),
        "answers": {path: _figures(idle[path], loaded[path]) for path in idle},
    }


def _figures(idle: list[float], loaded: list[float]) -> dict[str, object]:
    before, during = within(idle, 0.99), within(loaded, 0.99)
    return {
        "asked": [len(idle), len(loaded)],
        "idle_median_seconds": round(statistics.median(idle), 4),
        "loaded_median_seconds": round(statistics.median(loaded), 4),
        "idle_p99_seconds": round(before, 4),
        "loaded_p99_seconds": round(during, 4),
        "ratio": round(during / before, 2),
    }


@contextmanager
def _crowd(port: int, clients: int, directory: Path) -> Iterator[Process]:
    """The crowd, which is there and has ended afterwards."""
    arguments = [str(port), str(clients), str(_AT_MOST), *_PAGES]
    crowd = spawn(
        [sys.executable, "-m", "bench.crowd", *arguments],
        name="crowd",
        directory=directory,
        env=waiting.environment(),
    )
    with crowd:
        waiting.until(lambda: "here" in crowd.log.read_text(), "the crowd is there")
        yield crowd


def _pages_of(crowd: Process) -> int:
    """Return how many pages a crowd got that was told to end."""
    if crowd.exit_code != 0:
        raise RuntimeError(crowd.last_lines())
    pages: int = json.loads(crowd.last_lines(1))["pages"]
    return pages


def _ask(port: int, took: dict[str, list[float]], seconds: float) -> None:
    """Ask everything by turns, over connections that are kept; add how long each answer took."""
    connections = {probe: http.client.HTTPConnection("127.0.0.1", port) for probe in _PROBES}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for probe, connection in connections.items():
            began = time.perf_counter()
            headers = {"Content-Type": "application/json"} if probe.content else {}
            connection.request(probe.method, probe.path, probe.content, headers)
            answer = connection.getresponse()
            answer.read()
            took[probe.path].append(time.perf_counter() - began)
            if answer.status != probe.code:
                raise AssertionError(f"{probe.path} answered {answer.status}")
            time.sleep(_PAUSE)
    for connection in connections.values():
        connection.close()
