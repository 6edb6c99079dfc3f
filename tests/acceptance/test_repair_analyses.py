"""Analyses left behind by a failed import are repaired; those of living chains are not touched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.acceptance.exporter_command import Command, Done
    from tests.timesketch.installation import Installation
    from tests.timesketch.postgres_session import Tables

# Analyzers that need no data files.
ANALYZERS = ["gcp_logging", "win_crash"]
EARLIER = "An earlier remark."


@dataclass(frozen=True, slots=True)
class Story:
    """The analyses behind a failed import and behind a running one, by id."""

    lost: list[int]
    repair: Done
    shown: dict[int, dict[str, Any]]
    waiting_before: dict[int, str]
    waiting_after: dict[int, str]
    before: Tables
    undo: Done
    after_undo: Tables
    journal: list[dict[str, Any]]
    done: dict[int, str]


@pytest.fixture(scope="module")
def story(
    install: Callable[..., Installation], command: Callable[[Installation], Command]
) -> Story:
    """One import fails inside Timesketch, another is held; each has two analyses behind it."""
    timesketch = install(AUTO_SKETCH_ANALYZERS=ANALYZERS)
    exporter = command(timesketch)
    timesketch.worker("worker", processes=2).wait_ready()
    alive = timesketch.api.new_sketch("alive")
    timesketch.upload_running(alive, "alive", held="import")
    failing = timesketch.api.new_sketch("failing")
    failed = timesketch.upload(failing, "failed", content="no,such\n1,2\n")
    timesketch.wait_status(failed, "fail")
    lost = list(timesketch.analyses(failing))
    timesketch.database.rows("UPDATE analysis SET result = %s WHERE id = %s", EARLIER, lost[0])
    before = timesketch.database.everything()
    waiting_before = timesketch.analyses(alive)

    repair = exporter.repair("--all")
    shown = timesketch.api.analyses(failing, failed)
    waiting_after = timesketch.analyses(alive)
    undo = exporter.undo(_repair_id(shown[lost[0]]["result"]))
    after_undo = timesketch.database.everything()
    timesketch.opensearch.release("import")

    def all_done() -> bool:
        return set(timesketch.analyses(alive).values()) == {"DONE"}

    until(all_done, "the living analyses are done", timeout=60)
    return Story(
        lost=lost,
        repair=repair,
        shown=shown,
        waiting_before=waiting_before,
        waiting_after=waiting_after,
        before=before,
        undo=undo,
        after_undo=after_undo,
        journal=exporter.journal(),
        done=timesketch.analyses(alive),
    )


def _repair_id(result: str) -> str:
    """The repair that an analyst is told of."""
    found = re.search(r"repair ([0-9a-f]+)", result)
    assert found, result
    return found.group(1)


def test_repaired(story: Story) -> None:
    """Timesketch's API shows the lost ones as ERROR, with one status row each."""
    assert story.repair.exit_code == 0, story.repair.errors
    assert len(story.lost) == len(ANALYZERS)
    for analysis in story.lost:
        statuses = [row["status"] for row in story.shown[analysis]["status"]]
        assert statuses == ["ERROR"]


def test_result(story: Story) -> None:
    """The result says what happened, after what it said before."""
    first, second = (story.shown[analysis]["result"] for analysis in story.lost)
    assert first.startswith(EARLIER)
    for result in (first, second):
        assert "this analysis was found lost" in result
        assert "run the analyzer again" in result


def test_living_chain_untouched(story: Story) -> None:
    """The analyses that wait for a running import are as they were, and are done in the end."""
    assert len(story.waiting_before) == len(ANALYZERS)
    assert story.waiting_after == story.waiting_before
    assert set(story.done.values()) == {"DONE"}
    assert {entry["target_id"] for entry in story.journal} == set(story.lost)


def test_undone(story: Story) -> None:
    """Undone, one analysis and its result are what they were, and the other is still ERROR."""
    assert story.undo.exit_code == 0, story.undo.errors
    first, second = story.lost

    def rows(tables: Tables, analysis: int) -> list[Mapping[str, object]]:
        own = [row for row in tables["analysis"] if row["id"] == analysis]
        return own + [row for row in tables["analysis_status"] if row["parent_id"] == analysis]

    assert rows(story.after_undo, first) == rows(story.before, first)
    assert [row["status"] for row in rows(story.after_undo, second)[1:]] == ["ERROR"]
    outcomes = [(entry["target"], entry["outcome"]) for entry in story.journal]
    assert outcomes == [("analysis", "applied")] * 3
