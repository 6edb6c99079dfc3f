"""A streamed upload of 80 MB, which is in no key of Redis for seconds and silences its worker."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from celery import Celery

from tests.timesketch.events import events
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.exporter_command import Exporter
    from tests.acceptance.scan import Scan
    from tests.timesketch.installation import Installation

MEGABYTES = 80
_EVENT_SIZE = 20_000


@dataclass(frozen=True, slots=True)
class Story:
    """The streamed timeline, what was said of it while it was on its way, and its end."""

    timeline: int
    took: float
    scans: list[Scan]
    history: list[str]
    ever_orphaned: frozenset[int]
    final_status: str
    replies_left: list[str]


@pytest.fixture(scope="module")
def story(install: Callable[..., Installation], attach: Callable[..., Exporter]) -> Story:
    """Send the stream to a worker that is up, and scan until it is ready.

    The two times stay above the gaps that a big message makes: seconds between the commit of the
    rows and the send, and seconds between BRPOP and `unacked`.
    """
    timesketch = install()
    exporter = attach(timesketch, judge__grace="12s", judge__confirm_after="6s")
    sketch = timesketch.api.new_sketch("big stream")
    timesketch.worker("worker").wait_ready()
    stream = events(MEGABYTES * 1_000_000 // _EVENT_SIZE, message="x" * _EVENT_SIZE)

    def send() -> None:
        timesketch.api.stream_events(sketch, name="big", events=stream)

    began = time.monotonic()
    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    statement = "SELECT id FROM timeline WHERE name = 'big'"
    rows = until(lambda: timesketch.rows(statement), "the rows are there", timeout=60)
    timeline = int(str(rows[0][0]))
    scans = []
    while timesketch.status(timeline) == "processing":
        scans.append(exporter.scan())
        assert time.monotonic() - began < 180, "the stream is not ready after three minutes"
    sender.join(60)
    took = time.monotonic() - began
    exporter.close()
    # The worker answers questions in their order: when it knows of this one, it has answered all.
    with Celery(broker=timesketch.broker, set_as_current=False) as celery:
        until(lambda: celery.control.ping(timeout=1), "the worker answers again", timeout=60)
    return Story(
        timeline=timeline,
        took=took,
        scans=scans,
        history=exporter.serve.history(timeline),
        ever_orphaned=exporter.serve.ever_orphaned(),
        final_status=timesketch.status(timeline),
        replies_left=timesketch.reply_lists(),
    )


def test_never_orphaned_by_serve(story: Story) -> None:
    """At no moment on its way was the stream published as orphaned."""
    assert story.ever_orphaned == frozenset()
    assert "orphaned" not in story.history


def test_never_orphaned_by_scan(story: Story) -> None:
    """No cold scan on its way called it orphaned."""
    verdicts = [scan.timelines().get(story.timeline) for scan in story.scans]
    assert verdicts, "it was on its way for at least one scan"
    assert "orphaned" not in verdicts
    assert all(scan.exit_code != 3 for scan in story.scans)


def test_it_is_seen_at_work(story: Story) -> None:
    """It was seen running before it was ready."""
    assert "running" in story.history
    assert story.final_status == "ready"


def test_nothing_is_left_in_redis(story: Story) -> None:
    """No reply list of the exporter's stays behind, though the worker was slow to answer."""
    assert story.replies_left == []
