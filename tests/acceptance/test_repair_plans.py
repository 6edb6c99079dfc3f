"""What becomes of timelines that are lost in part, and of search indexes that are stuck.

As four are lost at once, the storm brake comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.acceptance.exporter_command import Command, Done
    from tests.timesketch.installation import Installation
    from tests.timesketch.postgres_session import Tables


@dataclass(frozen=True, slots=True)
class Story:
    """Timelines by name as Timesketch's API shows them after each repair."""

    before: Tables
    braked: Done
    after_brake: Tables
    released: Done
    by_default: Done
    by_setting: Done
    indexes: Done
    timelines: Mapping[str, dict[str, Any]]
    index_rows: Mapping[str, list[str]]
    reasons: Mapping[str, list[str]]


@pytest.fixture(scope="module")
def story(
    install: Callable[..., Installation], command: Callable[[Installation], Command]
) -> Story:
    """A worker is killed in two second uploads and in two first ones; two indexes are stuck."""
    timesketch = install()
    exporter = command(timesketch)
    sketches = {
        "default": timesketch.api.new_sketch("partial"),
        "setting": 0,
        "alone": timesketch.api.new_sketch("an index for itself"),
        "shared": timesketch.api.new_sketch("a shared index"),
    }
    sketches["setting"] = sketches["default"]
    victim = timesketch.worker("victim", processes=4)
    victim.wait_ready()
    for name in ("default", "setting"):
        timesketch.wait_status(timesketch.upload(sketches[name], name), "ready")
    neighbour = timesketch.upload(sketches["shared"], "neighbour")
    timesketch.wait_status(neighbour, "ready")
    timelines = {
        name: timesketch.upload_running(sketch, name, held=name)
        for name, sketch in sketches.items()
    }
    victim.kill()
    for name in ("alone", "shared"):
        timesketch.database.rows(
            "UPDATE searchindex_status SET status = 'processing' FROM timeline"
            " WHERE parent_id = searchindex_id AND timeline.id = %s",
            timelines[name],
        )

    before = timesketch.database.everything()
    braked = exporter.repair("--all")
    after_brake = timesketch.database.everything()
    released = exporter.run("resume", "brake")
    by_default = exporter.repair(str(timelines["default"]))
    by_setting = exporter.repair(str(timelines["setting"]), settings={"repair.partial": "fail"})
    indexes = exporter.repair(str(timelines["alone"]), str(timelines["shared"]))
    return Story(
        before=before,
        braked=braked,
        after_brake=after_brake,
        released=released,
        by_default=by_default,
        by_setting=by_setting,
        indexes=indexes,
        timelines={
            name: timesketch.api.timeline(sketches[name], timelines[name]) for name in timelines
        },
        index_rows={name: _index_rows(timesketch, timelines[name]) for name in timelines},
        reasons={
            name: entry["reasons"]
            for entry in exporter.journal()
            for name in timelines
            if entry["outcome"] == "applied" and entry["target_id"] == timelines[name]
        },
    )


def _index_rows(timesketch: Installation, timeline: int) -> list[str]:
    """Every status row of a timeline's search index, read past Timesketch's API.

    That makes up a status where there is none.
    """
    rows = timesketch.rows(
        "SELECT status FROM searchindex_status s JOIN timeline ON s.parent_id = searchindex_id"
        " WHERE timeline.id = %s",
        timeline,
    )
    return [str(status) for (status,) in rows]


def _statuses(shown: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The statuses of a timeline, and of its data sources in their order."""
    sources = sorted(shown["datasources"], key=lambda source: int(source["id"]))
    return (
        [row["status"] for row in shown["status"]],
        [row["status"] for source in sources for row in source["status"]],
    )


def test_storm_brake(story: Story) -> None:
    """Four timelines lost at once engage the brake: nothing is written until it is released."""
    assert story.braked.exit_code == 3, story.braked.errors
    assert "resume brake" in " ".join(story.braked.output.split())
    assert story.after_brake == story.before
    assert story.released.exit_code == 0, story.released.errors


def test_lost_in_part(story: Story) -> None:
    """With a ready data source and a lost one, a timeline becomes ready, as Timesketch rules."""
    assert story.by_default.exit_code == 0, story.by_default.errors
    assert _statuses(story.timelines["default"]) == (["ready"], ["ready", "fail"])
    assert any("it becomes ready" in reason for reason in story.reasons["default"])


def test_lost_in_part_by_setting(story: Story) -> None:
    """With repair.partial=fail, the same becomes fail; the ready data source is left alone."""
    assert story.by_setting.exit_code == 0, story.by_setting.errors
    assert _statuses(story.timelines["setting"]) == (["fail"], ["ready", "fail"])
    assert any("it becomes fail" in reason for reason in story.reasons["setting"])


def test_only_the_lost_data_source_has_a_message(story: Story) -> None:
    """The message is on the lost data source; the one that is ready says nothing."""
    for name in ("default", "setting"):
        sources = story.timelines[name]["datasources"]
        messages = {source["status"][0]["status"]: source["error_message"] for source in sources}
        assert "was found lost" in messages["fail"]
        assert not messages["ready"]


def test_stuck_index_of_its_own(story: Story) -> None:
    """A search index stuck in processing that no other timeline uses follows its timeline."""
    assert story.indexes.exit_code == 0, story.indexes.errors
    assert _statuses(story.timelines["alone"]) == (["fail"], ["fail"])
    assert story.index_rows["alone"] == ["fail"]


def test_stuck_index_of_others_too(story: Story) -> None:
    """A stuck search index in which a living timeline lies is left alone, and the reasons say so.

    Were it set to fail, Timesketch would leave every later analysis of the other one unfinished.
    """
    assert _statuses(story.timelines["shared"]) == (["fail"], ["fail"])
    assert story.index_rows["shared"] == ["processing"]
    assert any("is left alone" in reason for reason in story.reasons["shared"])


def test_index_that_is_ready(story: Story) -> None:
    """A search index that is not stuck stays as it is."""
    assert story.index_rows["default"] == ["ready"]
