"""Events of tasks taken in and stored by `serve` on one core, and the same stream given to Flower.

Each reader in turn is alone with the stream, and kept to one core. Lists of ten are the form in
which workers with a pool of processes send events; singly, solo workers do.
"""

from __future__ import annotations

import re
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from bench import waiting
from bench.site import Site
from exporter.demo.processes import free_port, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exporter.demo.processes import Process

EVENTS = 5_000_000
_TOGETHER = 10
_MOST_SINGLY = 300_000
_MOST_FOR_FLOWER = 300_000
_KEPT = 1_000_000
_LOOK = 0.5
_MIB = 1024 * 1024
_OURS = re.compile(r'timesketch_exporter_events_received_total{stream="task events"} (\S+)')
_DROPPED = re.compile(r'timesketch_exporter_events_dropped_total{stream="task events"} (\S+)')
_FLOWERS = re.compile(r"^flower_events_total{.*task=.*} (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Reader:
    """Somebody who takes events in, and counts them at an address."""

    process: Process
    url: str
    counts: re.Pattern[str]

    def text(self) -> str:
        """Return its metrics; nothing while it does not listen yet."""
        try:
            with urllib.request.urlopen(self.url, timeout=30) as answer:  # noqa: S310  # nosec B310  # ours
                text: str = answer.read().decode()
                return text
        except OSError:
            return ""

    def counted(self) -> int:
        """Return how many events it has counted."""
        return int(sum(map(float, self.counts.findall(self.text()))))

    def resident_mib(self) -> float:
        """Return its size."""
        return round(psutil.Process(self.process.pid).memory_info().rss / _MIB, 1)


def measure(directory: Path, events: int = EVENTS) -> dict[str, object]:
    """Return events a second and memory, ours and Flower's, and the ratios."""
    with Site(directory) as site:
        with _serve(site, directory) as ours:
            together = _feed(site, ours, events, _TOGETHER)
            dropped = float(_DROPPED.findall(ours.text())[0])
        with _serve(site, directory) as ours:
            singly = _feed(site, ours, min(events, _MOST_SINGLY), 1)
        with _flower(site, directory) as flower:
            flowers = _feed(site, flower, min(events, _MOST_FOR_FLOWER), _TOGETHER)
    return {
        "target": {"events_per_second": 10_000, "dropped": 0},
        "events_a_message": _TOGETHER,
        "kept_rows_at_most": _KEPT,
        "in_lists": together,
        "dropped": dropped,
        "singly": singly,
        "flower_in_lists": flowers,
        "ratio_of_events_per_second": round(
            together["events_per_second"] / flowers["events_per_second"], 1
        ),
        "ratio_of_memory": round(together["resident_mib"] / flowers["resident_mib"], 2),
    }


@contextmanager
def _serve(site: Site, directory: Path) -> Iterator[Reader]:
    port = free_port()
    environment = site.environment() | {
        "TIMESKETCH_EXPORTER_JOURNAL__URL": f"sqlite:///{directory / f'journal-{port}.db'}",
        "TIMESKETCH_EXPORTER_EVENTS__MAX_ROWS": str(_KEPT),
    }
    address = f"--web.listen-address=127.0.0.1:{port}"
    with spawn(
        [sys.executable, "-m", "exporter", address, "serve"],
        name=f"serve-{port}",
        directory=directory,
        env=environment,
    ) as process:
        reader = Reader(process, f"http://127.0.0.1:{port}/metrics", _OURS)
        waiting.until(lambda: "timesketch_exporter_history_up 1" in reader.text(), "it keeps")
        yield reader


@contextmanager
def _flower(site: Site, directory: Path) -> Iterator[Reader]:
    port = free_port()
    with spawn(
        [
            *(sys.executable, "-m", "celery", f"--broker={site.broker_url}", "flower"),
            *(f"--port={port}", "--address=127.0.0.1"),
        ],
        name="flower",
        directory=directory,
        env=waiting.environment(),
    ) as process:
        reader = Reader(process, f"http://127.0.0.1:{port}/metrics", _FLOWERS)
        waiting.until(lambda: site.subscribers() > 0, "Flower listens")
        waiting.until(lambda: bool(reader.text()), "Flower answers")
        yield reader


def _feed(site: Site, reader: Reader, events: int, together: int) -> dict[str, float]:
    """Publish so many events, and return how they were taken in."""
    tasks = events // 3
    psutil.Process(reader.process.pid).cpu_affinity([0])
    before = _cpu_seconds(reader)
    began = time.perf_counter()
    early = 0.0
    with spawn(
        [sys.executable, "-m", "bench.event_stream", site.broker_url, str(tasks), str(together)],
        name="stream",
        directory=site.directory,
        env=waiting.environment(),
    ) as stream:
        while (counted := reader.counted()) < tasks * 3:
            if not early and counted > events / 10:
                early = reader.resident_mib()
            if stream.exit_code not in {None, 0} or time.perf_counter() - began > events / 500:
                raise RuntimeError(f"{counted} of {tasks * 3} events: {stream.last_lines()}")
            time.sleep(_LOOK)
        ended = time.perf_counter()
    return {
        "events": tasks * 3,
        "events_per_second": round(tasks * 3 / (ended - began)),
        "cpu_seconds": round(_cpu_seconds(reader) - before, 1),
        "events_per_cpu_second": round(tasks * 3 / (_cpu_seconds(reader) - before)),
        "resident_mib_after_a_tenth": early,
        "resident_mib": reader.resident_mib(),
    }


def _cpu_seconds(reader: Reader) -> float:
    times = psutil.Process(reader.process.pid).cpu_times()
    return times.user + times.system
