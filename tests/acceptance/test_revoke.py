"""A living import that gets nowhere is terminated and repaired, against the real Timesketch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.exporter_command import Command, Done
    from tests.timesketch.installation import Installation


@dataclass(frozen=True, slots=True)
class Story:
    """One timeline is revoked, a second one lives on, a third waits in the queue."""

    revoked: int
    task: str
    worker: str
    living: int
    plain: Done
    dry_run: Done
    alive: tuple[str, str]
    paused: Done
    after_pause: str
    mixed: Done
    statuses: tuple[str, str, str]
    listed: dict[str, Any]
    reply_lists: list[str]
    living_ended: str
    journal: list[dict[str, Any]]


@pytest.fixture(scope="module")
def story(install: Callable[..., Installation], command: Callable[..., Command]) -> Story:
    """A worker of two processes imports two held files, and a third file waits."""
    timesketch = install()
    exporter = command(timesketch)
    sketch = timesketch.api.new_sketch("revoke")
    worker = timesketch.worker("busy", prefetch=1)
    worker.wait_ready()
    revoked = timesketch.upload_running(sketch, "revoked", held="revoked")
    living = timesketch.upload_running(sketch, "living", held="living")
    waiting = timesketch.upload(sketch, "waiting")
    until(lambda: timesketch.prefetched() == 1, "the third is prefetched")

    plain = exporter.repair(str(revoked))
    dry_run = exporter.repair(str(revoked), "--revoke", "--dry-run")
    alive = (timesketch.status(revoked), timesketch.result(revoked))
    exporter.run("pause", "rollout")
    paused = exporter.repair(str(revoked), "--revoke")
    after_pause = timesketch.result(revoked)
    exporter.run("resume")
    mixed = exporter.repair(str(revoked), str(waiting), "--revoke")
    statuses = (
        timesketch.status(revoked),
        timesketch.status(living),
        timesketch.result(living),
    )
    listed = timesketch.api.timeline(sketch, revoked)
    reply_lists = timesketch.reply_lists()
    timesketch.opensearch.release("living")
    timesketch.wait_status(living, "ready")
    timesketch.wait_status(waiting, "ready")
    return Story(
        revoked=revoked,
        task=timesketch.tasks[revoked],
        worker=worker.node,
        living=living,
        plain=plain,
        dry_run=dry_run,
        alive=alive,
        paused=paused,
        after_pause=after_pause,
        mixed=mixed,
        statuses=statuses,
        listed=listed,
        reply_lists=reply_lists,
        living_ended=timesketch.status(living),
        journal=exporter.journal(),
    )


def test_without_revoke_a_living_task_is_left_alone(story: Story) -> None:
    """A repair of a running timeline is refused, as it is not orphaned."""
    assert story.plain.exit_code == 1
    assert f"timeline {story.revoked} is running" in story.plain.errors


def test_a_dry_run_terminates_nothing(story: Story) -> None:
    """A dry run names task and worker, says what would become what, and the import runs on."""
    assert story.dry_run.exit_code == 0, story.dry_run.errors
    assert "To be terminated" in story.dry_run.output
    assert story.task in story.dry_run.output
    assert story.worker in story.dry_run.output
    assert "No task was terminated." in story.dry_run.output
    assert story.alive == ("processing", "STARTED")
    entry = story.journal[0]
    assert (entry["outcome"], entry["verdict"]) == ("dry-run", "running")


def test_guards_hold_before_anything_is_terminated(story: Story) -> None:
    """While repairs are paused no task is terminated, and the refusal is journalled."""
    assert story.paused.exit_code == 3
    assert "rollout" in story.paused.output
    assert story.after_pause == "STARTED"
    entry = story.journal[1]
    assert (entry["outcome"], entry["verdict"]) == ("refused", "running")


def test_revoked_and_repaired(story: Story) -> None:
    """The task is terminated and the timeline failed; one that waits is told and left alone."""
    assert story.mixed.exit_code == 3, story.mixed.errors
    assert "applied" in story.mixed.output
    assert "it is reserved, and only what a worker runs" in " ".join(story.mixed.output.split())
    assert story.statuses[0] == "fail"
    (source,) = story.listed["datasources"]
    assert "was found lost" in source["error_message"]


def test_the_journal_explains_the_termination(story: Story) -> None:
    """The repair's evidence says which task was revoked where and by whom."""
    entry = story.journal[-1]
    assert (entry["outcome"], entry["verdict"]) == ("applied", "orphaned")
    (told,) = [reason for reason in entry["reasons"] if "was revoked by" in reason]
    assert f"its task {story.task} on {story.worker} was revoked by" in told
    assert len(story.journal) == 3


def test_others_live_on(story: Story) -> None:
    """The worker's other import runs on and ends well, and nothing stays behind in Redis."""
    assert story.statuses[1:] == ("processing", "STARTED")
    assert story.living_ended == "ready"
    assert story.reply_lists == []
