"""A verdict is forged: a timeline is set to fail while its import lives, and Timesketch heals it.

No scan makes such a verdict (promise 1 of the design); this is what would become of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.forged_verdict import REASON, ForgedVerdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.records import Entry
    from tests.acceptance.exporter_command import Command, Done
    from tests.timesketch.installation import Installation
    from tests.timesketch.postgres_session import Tables


@dataclass(frozen=True, slots=True)
class Story:
    """One timeline: its import is held, repaired by mistake, let go."""

    timeline: int
    verdict: str | None
    entry: Entry
    failed: dict[str, Any]
    standing: dict[str, Any]
    healed: dict[str, Any]
    reviewed: dict[str, Any]
    before_undo: Tables
    undo: Done
    after_undo: Tables
    journal: list[dict[str, Any]]


@pytest.fixture(scope="module")
def story(
    install: Callable[..., Installation], command: Callable[[Installation], Command]
) -> Story:
    """A running import is called orphaned and repaired; then OpenSearch answers it."""
    timesketch = install()
    exporter = command(timesketch)
    sketch = timesketch.api.new_sketch("forged")
    timesketch.worker("worker").wait_ready()
    timeline = timesketch.upload_running(sketch, "alive", held="alive")
    verdict = exporter.scan().timelines().get(timeline)
    with ForgedVerdict(timesketch, exporter, timeline) as forged:
        entry = forged.perform()
    failed = timesketch.api.timeline(sketch, timeline)
    (standing,) = exporter.journal()
    timesketch.opensearch.release("alive")
    timesketch.wait_status(timeline, "ready")
    healed = timesketch.api.timeline(sketch, timeline)
    (reviewed,) = exporter.journal()
    before_undo = timesketch.database.everything()
    undo = exporter.undo(entry.repair.repair_id)
    return Story(
        timeline=timeline,
        verdict=verdict,
        entry=entry,
        failed=failed,
        standing=standing,
        healed=healed,
        reviewed=reviewed,
        before_undo=before_undo,
        undo=undo,
        after_undo=timesketch.database.everything(),
        journal=exporter.journal(),
    )


def _statuses(timeline: dict[str, Any]) -> list[str]:
    """The statuses of a timeline and its one data source, by Timesketch's API."""
    (source,) = timeline["datasources"]
    return [row["status"] for rows in (timeline["status"], source["status"]) for row in rows]


def test_forged(story: Story) -> None:
    """A scan says running; the repair was only made because the test claimed otherwise."""
    assert story.verdict == "running"
    assert story.entry.outcome == "applied"
    assert REASON in story.entry.repair.evidence.reasons


def test_failed_while_alive(story: Story) -> None:
    """Until its import ends, the timeline says fail, and the journal calls the repair applied."""
    assert _statuses(story.failed) == ["fail", "fail"]
    assert story.standing["outcome"] == "applied"
    assert story.standing["superseded_at"] is None


def test_healed_by_timesketch(story: Story) -> None:
    """When its import ends, Timesketch sets timeline and data source ready: one row each."""
    assert _statuses(story.healed) == ["ready", "ready"]


def test_the_message_stays_true(story: Story) -> None:
    """The message, which Timesketch never clears, says what it means that it now says ready."""
    (source,) = story.healed["datasources"]
    assert "If it says ready, its import ended well after that moment" in source["error_message"]


def test_superseded(story: Story) -> None:
    """The journal then shows the repair as superseded, with what came over it, not as undone."""
    assert story.reviewed["outcome"] == "applied"
    assert story.reviewed["superseded_at"] is not None
    assert f"timeline {story.timeline} says ready" in story.reviewed["superseded_by"]
    assert story.reviewed["undone_by"] is None


def test_undo_refuses(story: Story) -> None:
    """What was superseded cannot be undone: the command says why and changes nothing."""
    assert story.undo.exit_code == 1
    assert "changed since by somebody else" in story.undo.errors
    assert story.after_undo == story.before_undo
    assert [entry["undone_by"] for entry in story.journal] == [None]
