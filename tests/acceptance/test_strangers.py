"""Others that use the same Redis: Flower, and a client that once polled for a reply and idles."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
import redis

from exporter.demo.processes import free_port, spawn
from tests.plain_http import PLAIN
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exporter.demo.processes import Process
    from tests.acceptance.exporter_command import Evidence, Exporter
    from tests.acceptance.scan import Scan
    from tests.acceptance.scrape import Scrape
    from tests.timesketch.installation import Installation

LAST_COMPLETE = "timesketch_exporter_last_complete_scan_timestamp_seconds"

# Seconds: more than the judge takes off for whole seconds (5) and for the length of a scan.
CLEARLY_LATER = 20


@dataclass(frozen=True, slots=True)
class Story:
    """A running and a prefetched import, and what was said before and after a death."""

    running: int
    reserved: int
    beside: Evidence
    strangers: int
    killed: Scrape
    cold_scan: Scan
    told_scan: Scan
    ever_orphaned: frozenset[int]


@pytest.fixture(scope="module")
def story(install: Callable[..., Installation], attach: Callable[..., Exporter]) -> Iterator[Story]:
    """One worker imports; Flower and the stray client come; the worker is killed."""
    timesketch = install()
    exporter = attach(timesketch)
    sketch = timesketch.api.new_sketch("strangers")
    worker = timesketch.worker("worker", processes=1)
    worker.wait_ready()
    running = timesketch.upload_running(sketch, "running", held="running")
    reserved = timesketch.upload(sketch, "reserved", held="reserved")
    until(lambda: timesketch.prefetched() == 1, "one import is prefetched")
    # The strangers are to come so much later than the worker and what it took that ages tell them
    # apart, even in whole seconds and for a scan that takes its time.
    timesketch.wait_prefetched_for(CLEARLY_LATER)

    with ExitStack() as stack:
        stray = stack.enter_context(redis.Redis.from_url(timesketch.broker))
        assert stray.brpop(["no-such-list"], timeout=0.1) is None
        stack.enter_context(_flower(timesketch))
        arrived_at = time.time()
        exporter.serve.until(
            lambda scrape: (scrape.value(LAST_COMPLETE) or 0) > arrived_at,
            "serve's scans are complete again, although strangers look on",
            timeout=60,
        )
        beside = exporter.evidence()
        worker.kill()
        strangers = timesketch.pollers()
        killed = exporter.serve.until(
            lambda scrape: scrape.timelines().get(running) == "orphaned",
            "serve finds the lost import although strangers look on",
        )
        yield Story(
            running=running,
            reserved=reserved,
            beside=beside,
            strangers=len(strangers),
            killed=killed,
            cold_scan=exporter.scan(),
            told_scan=exporter.scan({"workers.ignored-clients": ",".join(strangers)}),
            ever_orphaned=exporter.serve.ever_orphaned(),
        )


def _flower(timesketch: Installation) -> Process:
    """Start Flower and wait until it has asked the workers, as it does at its start."""
    port = free_port()
    options = ("flower", "--address=127.0.0.1", f"--port={port}")
    flower = spawn(
        [sys.executable, "-m", "celery", f"--broker={timesketch.broker}", *options],
        name="flower",
        directory=timesketch.directory,
    )

    def asked() -> bool:
        assert flower.alive(), flower.last_lines()
        with suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/workers", timeout=5, verify=PLAIN)
        return len(timesketch.pollers()) >= 3

    until(asked, f"Flower has asked the worker (see {flower.log})", timeout=60)
    return flower


def test_strangers_beside_living_work(story: Story) -> None:
    """What a living worker tells of its imports holds, whoever else polls the same Redis."""
    assert story.beside.timeline(story.running) == ("running", "running")
    assert story.beside.timeline(story.reserved) == ("reserved", "reserved")
    assert story.beside.scan.exit_code != 3


def test_strangers_do_not_blind_serve(story: Story) -> None:
    """Strangers that come while `serve` runs are told apart: its scans are complete again."""
    assert story.strangers >= 2
    assert story.beside.scrape.worker_states() == {"worker@importer": "up"}


def test_lost_import_is_found_beside_strangers(story: Story) -> None:
    """A strangers' connection is not taken for the dead worker's: its import is orphaned."""
    assert story.killed.timelines() == {story.running: "orphaned", story.reserved: "parked"}
    assert story.killed.worker_states() == {"worker@importer": "dead"}


def test_cold_scan_beside_strangers(story: Story) -> None:
    """Strangers that came after an import began cannot hold it, even for a scan new to them."""
    assert story.cold_scan.timelines() == {story.running: "orphaned", story.reserved: "parked"}
    assert story.cold_scan.exit_code == 3


def test_cold_scan_that_is_told_of_the_strangers(story: Story) -> None:
    """A scan that is told who the strangers are finds the lost import at once."""
    assert story.told_scan.timelines()[story.running] == "orphaned"
    assert story.told_scan.exit_code == 3


def test_only_the_lost_import_was_ever_orphaned(story: Story) -> None:
    """Beside strangers too, nothing but the lost import was ever published as orphaned."""
    assert story.ever_orphaned == {story.running}
