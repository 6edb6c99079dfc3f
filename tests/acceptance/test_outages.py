"""Broker and database go away and come back, and a queue is lost with its Redis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from exporter.demo.servers import Postgres, Valkey
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.exporter_command import Evidence, Exporter
    from tests.acceptance.scan import Scan
    from tests.acceptance.scrape import Scrape
    from tests.timesketch.installation import Installation


@dataclass(frozen=True, slots=True)
class Outage:
    """What was said while a source was away, and how `serve` itself was."""

    scan: Scan
    scrape: Scrape
    healthy: int


@dataclass(frozen=True, slots=True)
class Story:
    """A lost message, a running import, and what the exporter said in and after each outage."""

    lost: int
    running: int
    queue_full: Evidence
    queue_lost: Evidence
    before: Evidence
    without_database: Outage
    database_back: Evidence
    without_broker: Outage
    broker_just_back: Scan
    broker_back: Evidence
    ever_orphaned: frozenset[int]
    failed_scrapes: list[str]


@pytest.fixture(scope="module")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Return a PostgreSQL that this story may stop."""
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="module")
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """Return a Valkey that this story may stop."""
    with Valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="module")
def story(
    own_postgres: Postgres,
    own_valkey: Valkey,
    install: Callable[..., Installation],
    attach: Callable[..., Exporter],
) -> Story:
    """A queue dies with its Redis; then a worker imports on through two outages.

    The servers are the first arguments because they must outlive what uses them.
    """
    timesketch = install(postgres=own_postgres, valkey=own_valkey)
    # Longer than Celery takes to come back to its broker: it tries after 2, 4 and 6 s.
    exporter = attach(timesketch, workers__reconnect_within="30s")
    sketch = timesketch.api.new_sketch("outages")

    lost = timesketch.upload(sketch, "lost")
    queue_full = exporter.evidence()
    own_valkey.kill()
    own_valkey.start()
    # Workers, if there were any, would have some time to come back before absence counts.
    _wait_verdict(exporter, lost, "orphaned")
    queue_lost = exporter.evidence()

    worker = timesketch.worker("worker")
    worker.wait_ready()
    running = timesketch.upload_running(sketch, "running", held="running")
    before = exporter.evidence()

    own_postgres.stop()
    without_database = _outage(exporter, "database")
    own_postgres.start()
    _back(exporter, "database")
    database_back = exporter.evidence()

    own_valkey.stop()
    without_broker = _outage(exporter, "broker")
    own_valkey.start()
    _back(exporter, "broker")
    broker_just_back = exporter.scan()
    # Celery's worker comes back by itself, some seconds after its broker.
    until(lambda: timesketch.listeners() == 2, "the worker is connected again", timeout=60)
    _wait_verdict(exporter, running, "running")
    broker_back = exporter.evidence()
    return Story(
        lost=lost,
        running=running,
        queue_full=queue_full,
        queue_lost=queue_lost,
        before=before,
        without_database=without_database,
        database_back=database_back,
        without_broker=without_broker,
        broker_just_back=broker_just_back,
        broker_back=broker_back,
        ever_orphaned=exporter.serve.ever_orphaned(),
        failed_scrapes=exporter.serve.failed_scrapes(),
    )


def _wait_verdict(exporter: Exporter, timeline: int, verdict: str) -> None:
    exporter.serve.until(
        lambda scrape: scrape.timelines().get(timeline) == verdict,
        f"serve calls timeline {timeline} {verdict}",
        timeout=90,
    )


def _outage(exporter: Exporter, source: str) -> Outage:
    scrape = exporter.serve.until(
        lambda scrape: scrape.value("timesketch_exporter_source_up", source=source) == 0,
        f"serve has noticed that the {source} is away",
    )
    return Outage(exporter.scan(), scrape, exporter.serve.status("/-/healthy"))


def _back(exporter: Exporter, source: str) -> None:
    exporter.serve.until(
        lambda scrape: scrape.value("timesketch_exporter_source_up", source=source) == 1,
        f"serve reads the {source} again",
    )


def test_message_lost_with_its_redis(story: Story) -> None:
    """A queued import whose message vanished with its Redis is orphaned."""
    assert story.queue_full.timeline(story.lost) == ("queued", "queued")
    assert story.queue_lost.timeline(story.lost) == ("orphaned", "orphaned")
    assert story.queue_lost.scan.exit_code == 3


def test_without_database(story: Story) -> None:
    """Without the database `serve` stays healthy, and says what it cannot know by its absence."""
    assert story.without_database.healthy == 200
    assert story.without_database.scrape.timelines() == {}
    assert story.without_database.scrape.value("timesketch_orphaned_timelines") is None
    assert story.without_database.scan.exit_code in {1, 4}
    assert story.without_database.scan.errors or story.without_database.scan.printed


def test_database_is_back(story: Story) -> None:
    """Once the database is back, everything is known again."""
    assert story.database_back.timeline(story.running) == ("running", "running")
    assert story.database_back.timeline(story.lost) == ("orphaned", "orphaned")


def test_without_broker(story: Story) -> None:
    """Without the broker `serve` stays healthy and calls what only it could tell unknown."""
    assert story.without_broker.healthy == 200
    assert story.without_broker.scrape.timelines()[story.running] == "unknown"
    assert story.without_broker.scan.exit_code in {1, 4}


def test_broker_is_back(story: Story) -> None:
    """Once broker and worker have found each other, the import that ran on is running."""
    assert story.broker_back.timeline(story.running) == ("running", "running")
    assert story.broker_back.timeline(story.lost)[1] == "orphaned"


def test_cold_scan_after_the_broker_was_away(story: Story) -> None:
    """A scan that knows no worker gives them time to come back before it calls anything lost."""
    assert story.broker_just_back.timelines()[story.lost] == "unknown"
    assert story.broker_just_back.exit_code == 4


def test_running_import_was_never_orphaned(story: Story) -> None:
    """Through both outages only the lost import was ever orphaned, and every scrape answered."""
    assert story.before.timeline(story.running) == ("running", "running")
    assert story.ever_orphaned == {story.lost}
    assert story.failed_scrapes == []
