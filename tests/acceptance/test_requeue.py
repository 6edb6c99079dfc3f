"""Lost imports are begun anew by `repair --action requeue`, against the real Timesketch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.acceptance.exporter_command import Done, Exporter
    from tests.acceptance.scrape import Scrape
    from tests.timesketch.installation import Installation

# One that needs no data files.
ANALYZERS = ["win_crash"]
SKETCHES = ("unsent", "half", "unseen", "storage")
PLASO = Path(__file__).parents[1] / "timesketch" / "plaso_stand_in"
EVENTS = 250
# What no table of Timesketch's keeps: the semicolons, and which column is the message.
ODD = "what;datetime;timestamp_desc\n" + "".join(
    f"event {number};2026-11-23T10:00:00+00:00;written\n" for number in range(EVENTS)
)
MAPPING = json.dumps([{"target": "message", "source": ["what"], "default_value": ""}])
HELD = "message,datetime,timestamp_desc\n" + "".join(
    f"held-half {number},2026-11-23T10:00:00+00:00,written\n" for number in range(EVENTS)
)
MESSAGES = [f"event {number}" for number in range(EVENTS)]


@dataclass(frozen=True, slots=True)
class Story:
    """One import whose message was lost, one whose worker died half way, one nobody saw queued."""

    unsent: int
    half: int
    unseen: int
    storage: int
    events_before: int
    requeued: Done
    events: Mapping[int, list[str]]
    analyses: list[dict[int, str]]
    statuses: Mapping[int, str]
    journal: list[dict[str, Any]]


@pytest.fixture(scope="module")
def story(install: Callable[..., Installation], attach: Callable[..., Exporter]) -> Story:
    """`serve` sees tasks in the queue and at a worker; then the queue and the worker are lost."""
    timesketch = install(
        AUTO_SKETCH_ANALYZERS=ANALYZERS,
        PSORT_PATH=str(PLASO / "psort.py"),
        PLASO_MAPPING_FILE="",
        PLASO_FORMATTERS="",
    )
    exporter = attach(
        timesketch,
        opensearch__url=f"http://127.0.0.1:{timesketch.opensearch.port}",
        repair__uploads=str(timesketch.directory / "uploads"),
        repair__brake_share="1",
    )
    sketches = [timesketch.api.new_sketch(name) for name in SKETCHES]
    unsent = timesketch.api.upload_file(
        sketches[0],
        name="unsent",
        file_name="unsent.csv",
        content=ODD,
        delimiter=";",
        headersMapping=MAPPING,
    ).timeline
    storage = timesketch.api.upload_file(
        sketches[3],
        name="storage",
        file_name="storage.plaso",
        content="\n".join([*MESSAGES, "another"]),
        plaso_event_filter="event",
    ).timeline
    for timeline in (unsent, storage):
        exporter.serve.until(_says(timeline, "queued"), f"timeline {timeline} is queued")
    with timesketch.broker_client() as client:
        client.delete("celery")
    half = timesketch.upload(sketches[1], "half", content=HELD)
    exporter.serve.until(_says(half, "queued"), "the second is queued")
    worker = timesketch.worker("dies")
    timesketch.opensearch.wait_held("half")
    unseen = timesketch.upload_running(sketches[2], "unseen", held="unseen")
    worker.kill()
    for timeline in (unsent, half, unseen, storage):
        exporter.serve.until(_says(timeline, "orphaned"), f"timeline {timeline} is lost")
    events_before = len(timesketch.opensearch.events(half))
    timesketch.opensearch.release("half", "unseen")

    def requeued_all() -> Done | None:
        """A requeue of what `serve` has taken down by then; None if that is not yet all."""
        shown = exporter.repair("--all", "--action=requeue", "--purge", "--dry-run")
        if shown.output.count("as it was seen") < len((unsent, half, storage)):
            return None
        return exporter.repair("--all", "--action=requeue", "--purge")

    requeued = until(requeued_all, "what was seen is taken down", timeout=60)
    assert requeued is not None
    with_plaso = {"PYTHONPATH": str(PLASO)}
    timesketch.worker("lives", as_upstream=True, env=with_plaso).wait_ready()
    for timeline in (unsent, half, storage):
        timesketch.wait_status(timeline, "ready")
    chained = [sketches[SKETCHES.index(name)] for name in ("unsent", "half", "storage")]

    def all_done() -> bool:
        return all(set(timesketch.analyses(each).values()) == {"DONE"} for each in chained)

    until(all_done, "the analyses are done", timeout=60)
    return Story(
        unsent=unsent,
        half=half,
        unseen=unseen,
        storage=storage,
        events_before=events_before,
        requeued=requeued,
        events={
            timeline: [event["message"] for event in timesketch.opensearch.events(timeline)]
            for timeline in (unsent, half, storage)
        },
        analyses=[timesketch.analyses(each) for each in chained],
        statuses={each: timesketch.status(each) for each in (unsent, half, unseen, storage)},
        journal=exporter.journal(),
    )


def _says(timeline: int, verdict: str) -> Callable[[Scrape], bool]:
    """Whether `serve` publishes this verdict on a timeline."""
    return lambda scrape: scrape.timelines().get(timeline) == verdict


def test_requeued_with_what_no_table_keeps(story: Story) -> None:
    """The import is sent with the delimiter and mapping that `serve` saw, and ends ready, once."""
    assert story.statuses[story.unsent] == "ready"
    assert story.events[story.unsent] == MESSAGES


def test_a_plaso_file_as_well(story: Story) -> None:
    """The import of a Plaso file is sent with its event filter, and ends ready, once."""
    assert story.statuses[story.storage] == "ready"
    assert story.events[story.storage] == MESSAGES


def test_purged_first(story: Story) -> None:
    """What was imported half is deleted first, told how much, and is there once in the end."""
    assert story.events_before > 0
    assert f"{story.events_before} events of it deleted" in story.requeued.output
    assert story.statuses[story.half] == "ready"
    assert story.events[story.half] == [f"held-half {number}" for number in range(EVENTS)]


def test_analyses_come_along(story: Story) -> None:
    """The analyzers in the chain behind each import have run."""
    assert [set(each.values()) for each in story.analyses] == [{"DONE"}] * 3


def test_an_unknown_chain_is_refused(story: Story) -> None:
    """What was seen at its worker alone may have analyses behind it, and is left alone."""
    assert story.requeued.exit_code == 3, story.requeued.errors
    assert "analyses wait that may be in the chain behind its import" in story.requeued.output
    assert story.statuses[story.unseen] == "processing"


def test_journalled(story: Story) -> None:
    """The journal tells task, arguments and what became of it."""
    done = {each["target_id"]: each for each in story.journal if each["outcome"] == "applied"}
    assert done.keys() == {story.unsent, story.storage, story.half}
    assert done[story.half]["detail"] == f"{story.events_before} events were deleted first"
    args, _ = json.loads(done[story.unsent]["requeue"]["arguments"])
    assert args[-2:] == [json.loads(MAPPING), ";"]
