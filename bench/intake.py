"""Events of tasks taken in and stored by `serve` on one core, and the same stream given to Flower.

Each reader in turn is alone with the stream, and kept to one core. Lists of ten are the form in
which workers with a pool of processes send events; singly, solo workers do.
"""

from __future__ import annotations

import re
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from bench import waiting
from bench.serving import flower, serve
from bench.site import Site
from exporter.demo.processes import spawn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.serving import Served

EVENTS = 5_000_000
QUICK = {"events": 6_000}
_TOGETHER = 10
_MOST_SINGLY = 300_000
_MOST_FOR_FLOWER = 300_000
_KEPT = 1_000_000
_LOOK = 0.5
_OURS = re.compile(r'timesketch_exporter_events_received_total{stream="task events"} (\S+)')
_DROPPED = 'timesketch_exporter_events_dropped_total{stream="task events"}'
_KEEPS = "timesketch_exporter_history_up"
_FLOWERS = re.compile(r"^flower_events_total{.*task=.*} (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Reader:
    """Somebody who takes events in, and counts them among its metrics."""

    served: Served
    counts: re.Pattern[str]

    def counted(self) -> int:
        """Return how many events it has counted."""
        return int(sum(map(float, self.counts.findall(self.served.get("/metrics")))))


def measure(directory: Path, events: int = EVENTS) -> dict[str, object]:
    """Return events a second and memory, ours and Flower's, and the ratios."""
    with Site(directory) as site:
        with _serve(site, "together") as ours:
            together = _feed(site, ours, events, _TOGETHER)
            dropped = ours.served.metrics()[_DROPPED]
        with _serve(site, "singly") as ours:
            singly = _feed(site, ours, min(events, _MOST_SINGLY), 1)
        with flower(site) as served:
            flowers = _feed(
                site, Reader(served, _FLOWERS), min(events, _MOST_FOR_FLOWER), _TOGETHER
            )
    return {
        "target": {"in_lists.events_per_second": {"at_least": 10_000}, "dropped": 0},
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
def _serve(site: Site, name: str) -> Iterator[Reader]:
    journal = f"sqlite:///{site.directory / name}.db"
    with serve(site, journal__url=journal, events__max_rows=str(_KEPT)) as served:
        waiting.until(lambda: bool(served.metrics().get(_KEEPS)), "it keeps")
        yield Reader(served, _OURS)


def _feed(site: Site, reader: Reader, events: int, together: int) -> dict[str, Any]:
    """Publish so many events, and return how they were taken in."""
    tasks = events // 3
    psutil.Process(reader.served.process.pid).cpu_affinity([0])
    before = reader.served.cpu_seconds()
    began = time.perf_counter()
    resident = []
    with spawn(
        [sys.executable, "-m", "bench.event_stream", site.broker_url, str(tasks), str(together)],
        name="stream",
        directory=site.directory,
        env=waiting.environment(),
    ) as stream:
        while (counted := reader.counted()) < tasks * 3:
            resident.append(reader.served.resident_mib())
            if stream.exit_code not in {None, 0} or time.perf_counter() - began > events / 500:
                raise RuntimeError(f"{counted} of {tasks * 3} events: {stream.last_lines()}")
            time.sleep(_LOOK)
        ended = time.perf_counter()
    return {
        "events": tasks * 3,
        "events_per_second": round(tasks * 3 / (ended - began)),
        "cpu_seconds": round(reader.served.cpu_seconds() - before, 1),
        "events_per_cpu_second": round(tasks * 3 / (reader.served.cpu_seconds() - before)),
        "resident_mib": reader.served.resident_mib(),
        "resident_mib_at_most_by_tenths": _most_by_tenths(resident),
    }


def _most_by_tenths(sizes: list[float]) -> list[float]:
    """Return the largest of each tenth of the time, the last one at the end."""
    step = max(1, len(sizes) // 10)
    return [max(sizes[start : start + step]) for start in range(0, len(sizes), step)]
