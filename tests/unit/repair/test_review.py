"""A repair stands until somebody changes what it wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from exporter.repair.records import Entry, Outcome
from exporter.repair.review import superseded_by
from tests.unit.repair.build import AT, index, repair, row, source, timeline
from tests.unit.repair.engine_world import CLI, HERE

if TYPE_CHECKING:
    from exporter.repair.rows import TimelineRows

LEFT = replace(
    timeline(source(1, "fail", message="lost"), index=index("processing")),
    statuses=(row(51, "fail"),),
)
ENTRY = Entry(repair(), CLI, "0", HERE, AT, outcome=Outcome.APPLIED, after=LEFT)


@pytest.mark.parametrize(
    "found",
    [
        LEFT,
        replace(LEFT, name="renamed"),
        replace(LEFT, index=index("ready")),
        replace(LEFT, index=index("processing", shared_with=3)),
    ],
)
def test_other_changes_leave_it_standing(found: TimelineRows) -> None:
    """A new name, or other timelines in the same index, are nothing that the repair wrote."""
    assert superseded_by(ENTRY, found, newest="r1") is None


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "timeline 5 is gone"),
        (replace(LEFT, statuses=(row(52, "ready"),)), "timeline 5 says ready since "),
        (replace(LEFT, data_sources=()), "data source 1 is gone"),
        (replace(LEFT, data_sources=(source(1, "fail", message="x"),)), "the error message of"),
    ],
)
def test_changes_of_what_it_wrote_supersede_it(found: TimelineRows | None, words: str) -> None:
    """What changed, and since when, is told."""
    by = superseded_by(ENTRY, found, newest="r1")
    assert by is not None
    assert by.startswith(words)


def test_a_later_repair_supersedes_the_earlier_one() -> None:
    """Of two repairs of one timeline only the last can stand."""
    assert superseded_by(ENTRY, LEFT, newest="r2") == "repair r2 came after it"


def test_rows_that_could_not_be_read_back_are_superseded() -> None:
    """A repair that was overwritten at once says so in the words of whoever found out."""
    lost = replace(ENTRY, after=None, detail="written, and changed since: timeline 5 says ready")
    assert superseded_by(lost, LEFT, newest="r1") == lost.detail
    assert superseded_by(replace(lost, detail=""), LEFT, newest="r1") == (
        "changed before it could be read back"
    )
