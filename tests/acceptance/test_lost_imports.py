"""Every way to lose an import that was seen on a real Timesketch, side by side."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
from celery import Celery

from exporter.demo.processes import free_port
from tests.timesketch.patience import until
from tests.timesketch.worker import kill

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.exporter_command import Evidence, Exporter
    from tests.timesketch.installation import Installation

ORPHANED = ("orphaned", "orphaned")


@dataclass(frozen=True, slots=True)
class Story:
    """Timelines by what happens to them, and what the exporter said at four moments."""

    file_missing: int
    died_with_worker: tuple[int, int]
    parked: tuple[int, int]
    child_killed: int
    second_upload: int
    refused: int
    revoked: int
    never_sent: int
    survivor: int
    before: Evidence
    worker_killed: Evidence
    all_lost: Evidence
    redelivered: Evidence
    ever_orphaned: frozenset[int]


@pytest.fixture(scope="module")
def story(install: Callable[..., Installation], attach: Callable[..., Exporter]) -> Story:
    """One worker is killed, the next one loses imports in every other way and lives."""
    timesketch = install()
    exporter = attach(timesketch)
    sketch = timesketch.api.new_sketch("lost imports")
    running = timesketch.upload_running

    file_missing = timesketch.upload(sketch, "file missing")
    for path in (timesketch.directory / "uploads").iterdir():
        path.unlink()
    victim = timesketch.worker("victim")
    victim.wait_ready()
    died = (running(sketch, "died 1", held="died-1"), running(sketch, "died 2", held="died-2"))
    parked = (
        timesketch.upload(sketch, "parked 1", held="parked-1"),
        timesketch.upload(sketch, "parked 2"),
    )
    until(lambda: timesketch.prefetched() == len(parked), "both are prefetched")
    before = exporter.evidence()

    survivor = timesketch.worker("survivor")
    survivor.wait_ready()
    victim.kill()
    worker_killed = exporter.evidence()

    child_killed = running(sketch, "child killed", held="child")
    second_upload = timesketch.upload(sketch, "second upload")
    timesketch.wait_status(second_upload, "ready")
    running(sketch, "second upload", held="second")
    for timeline in (child_killed, second_upload):
        kill(timesketch.running_process(timeline))
    revoked = running(sketch, "revoked", held="revoked")
    with Celery(broker=timesketch.broker, set_as_current=False) as celery:
        celery.control.revoke(timesketch.tasks[revoked], terminate=True)
    with timesketch.opensearch.refusing():
        refused = timesketch.upload(sketch, "refused")
        until(lambda: timesketch.result(refused) == "FAILURE", "the refused import has failed")
    never_sent = _upload_without_broker(timesketch, sketch)
    alive = running(sketch, "survivor", held="survivor")
    all_lost = exporter.evidence()

    # A worker looks for overdue messages when it starts, so this one restores the parked ones.
    impatient = {"FLASK_BROKER_TRANSPORT_OPTIONS": '{"visibility_timeout": 1}'}
    timesketch.worker("restorer", env=impatient).wait_ready()
    timesketch.opensearch.wait_held("parked-1")
    timesketch.wait_status(parked[1], "ready")
    return Story(
        file_missing=file_missing,
        died_with_worker=died,
        parked=parked,
        child_killed=child_killed,
        second_upload=second_upload,
        refused=refused,
        revoked=revoked,
        never_sent=never_sent,
        survivor=alive,
        before=before,
        worker_killed=worker_killed,
        all_lost=all_lost,
        redelivered=exporter.evidence(),
        ever_orphaned=exporter.serve.ever_orphaned(),
    )


def _upload_without_broker(timesketch: Installation, sketch: int) -> int:
    """Upload through a web application whose broker is away; returns once the rows are there.

    The request itself fails half a minute later; nobody waits for it.
    """
    configuration = timesketch.directory / "no-broker.conf"
    timesketch.configure(configuration, broker=f"redis://127.0.0.1:{free_port()}/0")
    api = timesketch.web("web-without-broker", configuration)

    def upload() -> None:
        try:
            api.upload_file(sketch, name="never sent", file_name="n.csv", content="message\n1\n")
        except (httpx.TransportError, AssertionError):
            return

    threading.Thread(target=upload, daemon=True).start()
    statement = "SELECT id FROM timeline WHERE name = 'never sent'"
    return int(str(until(lambda: timesketch.rows(statement), "the rows are there")[0][0]))


def test_upload_file_missing(story: Story) -> None:
    """An import that could not open its file is orphaned: Celery says FAILURE, the row nothing."""
    assert story.before.timeline(story.file_missing) == ORPHANED


def test_before_the_worker_dies(story: Story) -> None:
    """What a living worker imports is running, what it has taken in advance is reserved."""
    for timeline in story.died_with_worker:
        assert story.before.timeline(timeline) == ("running", "running")
    for timeline in story.parked:
        assert story.before.timeline(timeline) == ("reserved", "reserved")


def test_worker_killed_while_running(story: Story) -> None:
    """What was running on a worker that was killed is orphaned, in reasons that name the worker."""
    for timeline in story.died_with_worker:
        assert story.worker_killed.timeline(timeline) == ORPHANED
        assert story.worker_killed.scan.timeline(timeline)["reasons"]
    assert story.worker_killed.scan.exit_code == 3


def test_prefetched_by_a_killed_worker(story: Story) -> None:
    """What a killed worker had taken in advance is parked: Redis will hand it out again."""
    for timeline in story.parked:
        assert story.worker_killed.timeline(timeline) == ("parked", "parked")
        assert story.all_lost.timeline(timeline) == ("parked", "parked")


def test_one_of_two_workers_on_one_host_is_dead(story: Story) -> None:
    """Of two workers on one host, the killed one is dead and the other one up."""
    states = story.worker_killed.scrape.worker_states()
    assert states == {"victim@importer": "dead", "survivor@importer": "up"}


def test_child_killed(story: Story) -> None:
    """An import whose process was killed is orphaned, though its worker lives on."""
    assert story.all_lost.timeline(story.child_killed) == ORPHANED


def test_second_upload_to_a_ready_timeline_dies(story: Story) -> None:
    """A timeline that was ready is orphaned by the death of a second upload to it."""
    assert story.all_lost.timeline(story.second_upload) == ORPHANED


def test_opensearch_refuses_the_connection(story: Story) -> None:
    """An import that found OpenSearch's port closed is orphaned."""
    assert story.all_lost.timeline(story.refused) == ORPHANED


def test_revoked_and_terminated(story: Story) -> None:
    """An import that somebody revoked and terminated is orphaned."""
    assert story.all_lost.timeline(story.revoked) == ORPHANED


def test_message_never_sent(story: Story) -> None:
    """An upload whose message was never sent, because the broker was away, is orphaned."""
    assert story.all_lost.timeline(story.never_sent) == ORPHANED


def test_the_living_among_the_lost(story: Story) -> None:
    """Beside nine lost imports, the one that runs is running and stays so."""
    assert story.all_lost.timeline(story.survivor) == ("running", "running")
    assert story.redelivered.timeline(story.survivor) == ("running", "running")


def test_redelivered(story: Story) -> None:
    """A parked import that Redis handed out again is running, then ready, never orphaned."""
    assert story.redelivered.timeline(story.parked[0]) == ("running", "running")
    assert story.redelivered.timeline(story.parked[1]) == (None, None)


def test_exactly_the_lost_were_ever_called_orphaned(story: Story) -> None:
    """Everything lost, and nothing else, was ever published as orphaned."""
    lost = {
        story.file_missing,
        *story.died_with_worker,
        story.child_killed,
        story.second_upload,
        story.refused,
        story.revoked,
        story.never_sent,
    }
    assert story.ever_orphaned == lost
    assert story.redelivered.scrape.orphans() == lost
    assert story.redelivered.scrape.value("timesketch_orphaned_timelines") == len(lost)
