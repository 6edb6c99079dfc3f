"""Imports that wait, run and end as they should: nothing here is ever called lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.timesketch.events import events
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.exporter_command import Done, Evidence, Exporter
    from tests.timesketch.installation import Installation

GONE = (None, None)


@dataclass(frozen=True, slots=True)
class Story:
    """Timelines by what happens to them, and what the exporter said at three moments."""

    alone: int
    ready: int
    failed: int
    chunks: int
    two_sources: int
    prefetched: int
    queued: int
    deleted: int
    analyses: tuple[int, ...]
    without_workers: Evidence
    at_work: Evidence
    explained: tuple[Done, Done]
    afterwards: Evidence
    final_statuses: dict[int, str]
    chunk_statuses: list[str]
    ever_orphaned: frozenset[int]
    failed_scrapes: list[str]


@pytest.fixture(scope="module")
def story(install: Callable[..., Installation], attach: Callable[..., Exporter]) -> Story:
    """One worker with two processes; more work than it can hold; then OpenSearch lets go."""
    timesketch = install()
    exporter = attach(timesketch)
    sketch = timesketch.api.new_sketch("work in progress")
    doomed_sketch = timesketch.api.new_sketch("deleted meanwhile")

    alone = timesketch.upload(sketch, "alone", held="alone")
    without_workers = exporter.evidence()

    # As upstream starts it, without the forge that saves the other workers their imports.
    worker = timesketch.worker("worker", as_upstream=True)
    worker.wait_ready()
    timesketch.opensearch.wait_held("alone")
    ready = timesketch.upload(sketch, "ready")
    timesketch.wait_status(ready, "ready")
    failed = timesketch.upload(sketch, "failed", content="no,such\n1,2\n")
    timesketch.wait_status(failed, "fail")
    chunks = 0
    for number in range(3):
        chunk = events(3, message=f"chunk {number}")
        sent = timesketch.api.stream_events(sketch, name="chunks", events=chunk, last=False)
        chunks = sent.timeline
        timesketch.wait_status(chunks, "ready")
    two_sources = timesketch.upload(sketch, "two sources")
    timesketch.wait_status(two_sources, "ready")
    assert timesketch.upload_running(sketch, "two sources", held="second-source") == two_sources

    # Both processes are busy. The worker takes eight messages in advance; the ninth stays.
    prefetched = timesketch.upload(sketch, "prefetched")
    timesketch.api.run_analyzers(sketch, [ready], ["win_crash", "gcp_logging"])
    deleted = timesketch.upload(doomed_sketch, "deleted")
    timesketch.api.delete_sketch(doomed_sketch)
    fillers = [timesketch.upload(sketch, f"filler {number}") for number in range(5)]
    until(lambda: timesketch.prefetched() == len(fillers) + 3, "the worker is full")
    queued = timesketch.upload(sketch, "queued")
    analyses = tuple(timesketch.analyses(sketch))
    at_work = exporter.evidence()
    watched = {"opensearch.watch": "true"}
    explained = (
        exporter.run("explain", str(alone), settings=watched),
        exporter.run("explain", str(two_sources), settings=watched),
    )

    timesketch.opensearch.release("alone", "second-source")
    ended = [alone, two_sources, prefetched, queued, *fillers]
    for timeline in ended:
        timesketch.wait_status(timeline, "ready")
    until(lambda: set(timesketch.analyses(sketch).values()) == {"DONE"}, "the analyses are done")
    sources = timesketch.rows(
        "SELECT s.status FROM datasource d JOIN datasource_status s ON s.parent_id = d.id"
        " WHERE d.timeline_id = %s ORDER BY d.id",
        chunks,
    )
    return Story(
        alone=alone,
        ready=ready,
        failed=failed,
        chunks=chunks,
        two_sources=two_sources,
        prefetched=prefetched,
        queued=queued,
        deleted=deleted,
        analyses=analyses,
        without_workers=without_workers,
        at_work=at_work,
        explained=explained,
        afterwards=exporter.evidence(),
        final_statuses={timeline: timesketch.status(timeline) for timeline in ended},
        chunk_statuses=[str(status) for (status,) in sources],
        ever_orphaned=exporter.serve.ever_orphaned(),
        failed_scrapes=exporter.serve.failed_scrapes(),
    )


def test_no_worker_at_all(story: Story) -> None:
    """A queued import is queued, however long no worker comes, and the evidence is complete."""
    assert story.without_workers.timeline(story.alone) == ("queued", "queued")
    assert story.without_workers.scan.complete
    assert story.without_workers.scan.exit_code == 0
    assert story.without_workers.scan.workers() == {}


def test_progress_in_opensearch(story: Story) -> None:
    """Timesketch's own events are counted by timeline, against what it counted in all its files."""
    alone, two_sources = (done.output for done in story.explained)
    assert "In OpenSearch     1 of 2 events (50 %)" in alone
    assert "In OpenSearch     2 of 4 events (50 %)" in two_sources


def test_ready(story: Story) -> None:
    """A timeline that is ready is not listed."""
    assert story.at_work.timeline(story.ready) == GONE


def test_failed_inside_timesketch(story: Story) -> None:
    """A timeline that Timesketch itself called failed is counted as such and not listed."""
    assert story.at_work.timeline(story.failed) == GONE
    assert story.at_work.scrape.value("timesketch_timelines", status="fail") == 1


def test_running(story: Story) -> None:
    """An import in a worker's process is running, on that worker."""
    assert story.at_work.timeline(story.alone) == ("running", "running")
    assert story.at_work.scan.timeline(story.alone)["worker"] == "worker@importer"


def test_several_data_sources_in_one_timeline(story: Story) -> None:
    """A timeline of which one data source is ready and another one imported is running."""
    assert story.at_work.timeline(story.two_sources) == ("running", "running")


def test_prefetched_by_a_living_worker(story: Story) -> None:
    """An import that a busy worker has taken in advance is reserved."""
    assert story.at_work.timeline(story.prefetched) == ("reserved", "reserved")


def test_queued_behind_a_busy_worker(story: Story) -> None:
    """An import that no worker has room for is queued."""
    assert story.at_work.timeline(story.queued) == ("queued", "queued")


def test_analyses_behind_an_import(story: Story) -> None:
    """Analyses whose chain no worker has begun wait with it."""
    listed = story.at_work.scan.analyses()
    assert set(listed) == set(story.analyses)
    assert len(story.analyses) == 2
    assert set(listed.values()) <= {"waiting", "reserved"}
    published = story.at_work.scrape.counted("timesketch_unfinished_analyses")
    assert sum(published.values()) == 2
    assert set(published) <= {"waiting", "reserved"}


def test_sketch_deleted_meanwhile(story: Story) -> None:
    """A timeline of a deleted sketch is nobody's concern, whatever its status says."""
    assert story.at_work.timeline(story.deleted) == GONE


def test_finished_stream_in_chunks(story: Story) -> None:
    """A stream that ended is ready, though its later data sources say queueing for ever."""
    assert story.chunk_statuses == ["ready", "queueing", "queueing"]
    assert story.afterwards.timeline(story.chunks) == GONE


def test_worker_is_up(story: Story) -> None:
    """The one worker is up, with two active tasks, eight reserved ones and two processes."""
    assert story.at_work.scan.workers() == {"worker@importer": "up"}
    worker = {"worker": "worker@importer"}
    assert story.at_work.scrape.value("timesketch_worker_up", **worker) == 1
    assert story.at_work.scrape.value("timesketch_worker_active_tasks", **worker) == 2
    assert story.at_work.scrape.value("timesketch_worker_reserved_tasks", **worker) == 8
    assert story.at_work.scrape.value("timesketch_worker_pool_processes", **worker) == 2


def test_queue_depths(story: Story) -> None:
    """The queue's depth is one message waiting and eight taken in advance."""
    depth = {"queue": "celery"}
    name = "timesketch_queue_messages"
    assert story.at_work.scrape.value(name, state="ready", **depth) == 1
    assert story.at_work.scrape.value(name, state="unacked", **depth) == 8


def test_work_in_progress_is_complete_evidence(story: Story) -> None:
    """With everybody answering, scans are complete and find nothing orphaned."""
    assert story.at_work.scan.complete
    assert story.at_work.scan.exit_code == 0


def test_afterwards_nothing_is_processing(story: Story) -> None:
    """Once everything is ready, no timeline of a living sketch is listed any more."""
    assert set(story.final_statuses.values()) == {"ready"}
    assert story.afterwards.scan.timelines() == {}
    assert story.afterwards.scan.analyses() == {}
    assert story.afterwards.scrape.timelines() == {}
    assert story.afterwards.scrape.value("timesketch_orphaned_timelines") == 0


def test_never_orphaned(story: Story) -> None:
    """At no moment was any of these timelines published as orphaned, and every scrape answered."""
    assert story.ever_orphaned == frozenset()
    assert story.failed_scrapes == []
