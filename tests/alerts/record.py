"""Records what `serve` publishes while real workers are killed, leave, freeze and come back.

`python -m tests.alerts.record alerts/tests/recorded/workers.json` takes 14 minutes: the
exporter has its default settings, and is scraped in the rhythm of alerts/prometheus.yml.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from prometheus_client.parser import text_string_to_metric_families

from exporter.demo.cast import HARBOUR, Upload
from exporter.demo.stage import Stage
from tests.alerts.recording import Recording
from tests.integration.commands.serving import run, serve
from tests.plain_http import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.demo.processes import Process

INTERVAL = 10
TARGET = 'instance="timesketch-exporter:19808",job="timesketch-exporter"'
METRICS = frozenset(
    {
        "timesketch_orphaned_timelines",
        "timesketch_orphaned_timeline_since_timestamp_seconds",
        "timesketch_processing_timelines",
        "timesketch_worker_up",
        "timesketch_worker_state",
        "timesketch_workers",
        "timesketch_exporter_build_info",
        "timesketch_exporter_last_scan_timestamp_seconds",
        "timesketch_exporter_last_complete_scan_timestamp_seconds",
        "timesketch_exporter_source_up",
        "timesketch_exporter_journal_up",
        "timesketch_exporter_repairs_total",
    }
)
KILLED, LEAVING, FROZEN, REBORN = (
    f"celery@{name}" for name in ("killed", "leaving", "frozen", "reborn")
)
DOOMED = Upload(HARBOUR, "dc01-security.csv", "")


class Recorder:
    """Scrapes in a thread of its own until it is stopped."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._begun = time.time()
        self._scrapes: list[dict[str, float]] = []
        self._events: list[tuple[float, str]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def note(self, event: str) -> None:
        """Write down what was just done."""
        self._events.append((round(time.time() - self._begun, 1), event))
        sys.stderr.write(f"{self._events[-1]}\n")

    def look_on(self, seconds: float) -> None:
        """Let time pass: a recording in real time is made by waiting."""
        self._stopping.wait(seconds)

    def until(self, condition: Callable[[dict[str, float]], bool]) -> None:
        """Wait until the latest scrape is as wanted."""
        while not (self._scrapes and condition(self._scrapes[-1])):
            self._stopping.wait(0.5)

    def recording(self) -> Recording:
        """Stop, and return everything."""
        self._stopping.set()
        self._thread.join()
        names = {name for scrape in self._scrapes for name in scrape}
        return Recording(
            interval=INTERVAL,
            events=tuple(self._events),
            series={name: tuple(s.get(name) for s in self._scrapes) for name in names},
        )

    def _run(self) -> None:
        due = self._begun
        while not self._stopping.wait(max(0.0, due - time.time())):
            self._scrapes.append(self._scrape())
            due += INTERVAL

    def _scrape(self) -> dict[str, float]:
        answer = httpx.get(f"{self._url}/metrics", timeout=INTERVAL, verify=PLAIN)
        text = answer.raise_for_status().text
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name in METRICS:
                    since = self._begun if sample.name.endswith("_timestamp_seconds") else 0.0
                    pairs = [f'{label}="{text}"' for label, text in sorted(sample.labels.items())]
                    name = f"{sample.name}{{{','.join([*pairs, TARGET])}}}"
                    found[name] = round(sample.value - since)
        return found


def record() -> Recording:
    """Play it all."""
    with Stage() as stage:
        stage.start_servers()
        settings = {
            "database.url": stage.roles.reader,
            "repair.database-url": stage.roles.repairer,
            "broker.url": stage.connections.broker_url,
            "results.url": stage.connections.broker_url,
            "journal.url": f"sqlite:///{stage.directory / 'journal.db'}",
            "repair.mode": "enforce",
        }
        stage.upload(DOOMED)
        workers = {KILLED: stage.start_worker(KILLED)}
        serving = serve(stage.directory, settings)
        with serving.process:
            recorder = Recorder(serving.url)
            recorder.until(lambda scrape: _value(scrape, "timesketch_workers", 'state="up"') == 1)
            for name in (LEAVING, FROZEN, REBORN):
                workers[name] = stage.start_worker(name)
            recorder.until(lambda scrape: _value(scrape, "timesketch_workers", 'state="up"') == 4)
            recorder.look_on(75)
            _play(recorder, stage, workers, settings)
            return recorder.recording()


def _play(
    recorder: Recorder, stage: Stage, workers: dict[str, Process], settings: dict[str, str]
) -> None:
    workers[KILLED].kill()
    recorder.note("killed")
    recorder.look_on(80)
    run("repair", "--all", "--yes", settings=settings).check_returncode()
    recorder.note("repaired")
    recorder.look_on(40)
    workers[LEAVING].send(signal.SIGTERM)
    recorder.note("left")
    recorder.look_on(40)
    workers[REBORN].kill()
    recorder.note("killed to be reborn")
    recorder.look_on(30)
    stage.start_worker(REBORN)
    recorder.note("reborn")
    recorder.look_on(60)
    workers[FROZEN].send(signal.SIGSTOP)
    recorder.note("frozen")
    recorder.look_on(390)
    workers[FROZEN].send(signal.SIGCONT)
    recorder.note("thawed")
    recorder.look_on(60)


def _value(scrape: dict[str, float], metric: str, label: str) -> float | None:
    return next((v for n, v in scrape.items() if n.startswith(f"{metric}{{") and label in n), None)


if __name__ == "__main__":
    record().write(Path(sys.argv[1]))
