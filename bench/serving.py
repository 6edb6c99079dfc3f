"""`serve` and Flower as processes beside an installation, and what they use of the machine."""

from __future__ import annotations

import http.client
import os
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from bench import waiting
from exporter import __version__
from exporter.demo.processes import free_port, spawn
from exporter.repair.journal import open_journal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.site import Site
    from exporter.demo.processes import Process

_MIB = 1024 * 1024
COMPLETE = "timesketch_exporter_last_complete_scan_timestamp_seconds"
_SAMPLE = re.compile(r"^(?P<series>\w+(?:{.*})?) (?P<value>\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Served:
    """A process that answers over HTTP."""

    process: Process
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> str:
        """Return a page; nothing while it does not listen yet."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            connection.close()

    def metrics(self) -> dict[str, float]:
        """Return its metrics by series, as they are written; none while it does not listen yet."""
        found = _SAMPLE.finditer(self.get("/metrics"))
        return {each["series"]: float(each["value"]) for each in found}

    def resident_mib(self) -> float:
        """Return its size."""
        return round(psutil.Process(self.process.pid).memory_info().rss / _MIB, 1)

    def cpu_seconds(self) -> float:
        """Return how long it has kept a core busy."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system


@contextmanager
def serve(site: Site, **settings: str) -> Iterator[Served]:
    """`serve` with these settings (`webhook__insecure`), which may not listen yet.

    Its journal is there already: what makes one is loaded in the first start of a version only.
    """
    port = free_port()
    journal = site.environment()["TIMESKETCH_EXPORTER_JOURNAL__URL"]
    open_journal(journal, instance="bench", version=__version__).close()
    given = {
        f"TIMESKETCH_EXPORTER_{name.upper()}": value
        for name, value in {"web__listen_address": f"127.0.0.1:{port}", **settings}.items()
    }
    with spawn(
        [sys.executable, "-m", "exporter", "serve"],
        name=f"serve-{port}",
        directory=site.directory,
        env=site.environment() | given,
    ) as process:
        yield Served(process, port)


def wait_complete(served: Served, *, after: float = 0.0) -> None:
    """Wait until `serve` has made a complete scan after a time (seconds of the epoch)."""
    waiting.until(lambda: served.metrics().get(COMPLETE, 0.0) > after, "a complete scan")


@contextmanager
def flower(site: Site) -> Iterator[Served]:
    """Flower, which answers."""
    port = free_port()
    argv = ["celery", f"--broker={site.broker_url}", "flower"]
    with spawn(
        [sys.executable, "-m", *argv, f"--port={port}", "--address=127.0.0.1"],
        name="flower",
        directory=site.directory,
        # Its list of workers is asked for here by nobody who could have a password.
        env={**os.environ, "FLOWER_UNAUTHENTICATED_API": "true"},
    ) as process:
        served = Served(process, port)
        waiting.until(lambda: site.subscribers() > 0, "Flower listens")
        waiting.until(lambda: bool(served.get("/metrics")), "Flower answers")
        yield served
