"""A lost import is repaired, taken back and used again, as Timesketch's own API shows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.timesketch.postgres_session import Tables  # noqa: TC001  of a dataclass's field

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.exporter_command import Done, Evidence, Exporter
    from tests.timesketch.installation import Installation


@dataclass(frozen=True, slots=True)
class Story:
    """Two timelines of one sketch (one undone, one used again) and what was seen at each step."""

    undone: int
    again: int
    lost: Evidence
    before: Tables
    dry_run: Done
    after_dry_run: Tables
    repair: Done
    repaired: Tables
    shown: dict[str, Any]
    listed: dict[str, Any]
    gone: Evidence
    undo: Done
    after_undo: Tables
    lost_again: Evidence
    second: Done
    another: str
    same_name: int
    used_again: dict[str, Any]
    journal: list[dict[str, Any]]


@pytest.fixture(scope="module")
def story(install: Callable[..., Installation], attach: Callable[..., Exporter]) -> Story:
    """A worker is killed while it imports two files; another one comes when both are repaired."""
    timesketch = install()
    exporter = attach(timesketch)
    everything = timesketch.database.everything
    sketch = timesketch.api.new_sketch("repair")
    victim = timesketch.worker("victim")
    victim.wait_ready()
    undone = timesketch.upload_running(sketch, "undone", held="undone")
    again = timesketch.upload_running(sketch, "again", held="again")
    victim.kill()
    lost = exporter.evidence()

    before = everything()
    dry_run = exporter.run("repair", str(undone), "--yes")
    after_dry_run = everything()
    repair = exporter.repair(str(undone))
    repaired = everything()
    shown = timesketch.api.timeline(sketch, undone)
    listed = timesketch.api.timelines(sketch)[undone]
    gone = exporter.evidence()
    undo = exporter.undo(exporter.journal()[-1]["repair_id"])
    after_undo = everything()
    lost_again = exporter.evidence()

    second = exporter.repair(str(again))
    timesketch.worker("successor").wait_ready()
    another = timesketch.upload(sketch, "another")
    timesketch.wait_status(another, "ready")
    same_name = timesketch.upload(sketch, "again")
    timesketch.wait_status(same_name, "ready")
    return Story(
        undone=undone,
        again=again,
        lost=lost,
        before=before,
        dry_run=dry_run,
        after_dry_run=after_dry_run,
        repair=repair,
        repaired=repaired,
        shown=shown,
        listed=listed,
        gone=gone,
        undo=undo,
        after_undo=after_undo,
        lost_again=lost_again,
        second=second,
        another=timesketch.api.timeline(sketch, another)["status"][0]["status"],
        same_name=same_name,
        used_again=timesketch.api.timeline(sketch, again),
        journal=exporter.journal(),
    )


def test_lost(story: Story) -> None:
    """What the killed worker imported is orphaned, which is what makes it eligible."""
    for timeline in (story.undone, story.again):
        assert story.lost.timeline(timeline) == ("orphaned", "orphaned")


def test_dry_run_is_the_default(story: Story) -> None:
    """Unless told to enforce, a repair shows and journals what it would do, and writes nothing."""
    assert story.dry_run.exit_code == 3
    assert "Nothing was written: repair.mode is dry-run" in story.dry_run.output
    assert story.after_dry_run == story.before
    assert story.journal[0]["outcome"] == "dry-run"


def test_repaired(story: Story) -> None:
    """The command says what it did and is content, and the journal calls it applied."""
    assert story.repair.exit_code == 0, story.repair.errors
    assert "applied" in story.repair.output
    entry = story.journal[1]
    assert (entry["outcome"], entry["target_id"]) == ("applied", story.undone)
    assert entry["trigger"] == "cli"
    assert entry["repair_id"] in story.repair.output


@pytest.mark.parametrize("resource", ["shown", "listed"])
def test_the_api_says_failed(story: Story, resource: str) -> None:
    """Timesketch's timeline and sketch resources both say that the timeline failed."""
    timeline: dict[str, Any] = getattr(story, resource)
    assert [status["status"] for status in timeline["status"]] == ["fail"]


def test_the_api_tells_why(story: Story) -> None:
    """The data source failed too, and its message says what happened and what to do."""
    (source,) = story.shown["datasources"]
    assert [status["status"] for status in source["status"]] == ["fail"]
    assert "was found lost" in source["error_message"]
    assert "upload the file again" in source["error_message"]
    assert story.journal[1]["repair_id"] in source["error_message"]


def test_one_status_row_for_each_object(story: Story) -> None:
    """Every timeline, data source and search index has exactly one status row, as before."""
    for table in ("timeline_status", "datasource_status", "searchindex_status"):
        rows = Counter(str(row["parent_id"]) for row in story.repaired[table])
        assert rows == Counter(str(row["parent_id"]) for row in story.before[table])
        assert set(rows.values()) == {1}


def test_nothing_else_was_touched(story: Story) -> None:
    """The other lost timeline of the same search index, and the index, are as they were."""
    changed = {table for table, rows in story.repaired.items() if rows != story.before[table]}
    assert changed == {"timeline_status", "datasource_status", "datasource"}
    own = {"timeline_status": "parent_id", "datasource": "timeline_id"}
    for table, column in own.items():
        before = [row for row in story.before[table] if row[column] != story.undone]
        assert [row for row in story.repaired[table] if row[column] != story.undone] == before


def test_no_longer_processing(story: Story) -> None:
    """A repaired timeline is no longer listed, while the other one is still orphaned."""
    assert story.gone.timeline(story.undone) == (None, None)
    assert story.gone.timeline(story.again) == ("orphaned", "orphaned")


def test_undone(story: Story) -> None:
    """An undo puts every row back as it was, timestamps and users included."""
    assert story.undo.exit_code == 0, story.undo.errors
    assert story.after_undo == story.before


def test_orphaned_again(story: Story) -> None:
    """What was taken back is found orphaned again."""
    assert story.lost_again.timeline(story.undone) == ("orphaned", "orphaned")


def test_the_journal_of_an_undo(story: Story) -> None:
    """The undone repair names its undo, the undo the repair that it takes back."""
    repair, undo = story.journal[1:3]
    assert undo["outcome"] == "applied"
    assert undo["undoes"] == repair["repair_id"]
    assert repair["undone_by"] == undo["repair_id"]
    assert repair["superseded_at"] is None


def test_new_upload_to_the_sketch(story: Story) -> None:
    """A new timeline of the same sketch, in the same search index, becomes ready."""
    assert story.second.exit_code == 0, story.second.errors
    assert story.another == "ready"


def test_new_upload_under_the_same_name(story: Story) -> None:
    """A new upload takes the failed timeline up again and makes it ready."""
    assert story.same_name == story.again
    assert [status["status"] for status in story.used_again["status"]] == ["ready"]
    sources = {
        source["status"][0]["status"]: source["error_message"]
        for source in story.used_again["datasources"]
    }
    assert sources.keys() == {"fail", "ready"}
    assert "was found lost" in sources["fail"]
    assert not sources["ready"]


def test_used_again_is_superseded(story: Story) -> None:
    """A repair whose timeline was uploaded to again is superseded, and not undone."""
    entry = story.journal[3]
    assert (entry["outcome"], entry["target_id"]) == ("applied", story.again)
    assert entry["superseded_at"] is not None
    assert "was added" in entry["superseded_by"]
    assert entry["undone_by"] is None
