"""What becomes what, in words."""

from __future__ import annotations

from dataclasses import replace

from exporter.repair.changes import Repair
from exporter.repair.plan import plan_undo
from exporter.repair.records import Entry, Outcome
from exporter.repair.requeue.upload import Requeueing
from exporter.repair.words import change_lines, headline, subject
from tests.unit.repair.build import (
    AT,
    analysis,
    index,
    judged_analysis,
    judged_timeline,
    planned,
    repair,
    row,
    source,
    timeline,
)
from tests.unit.repair.engine_world import CLI, HERE
from tests.unit.repair.requeue.build import PATH, message, requeued, upload

ROWS = timeline(source(1, "queueing"), source(2, "ready"), index=index("processing"))


def test_a_timeline_is_told_object_by_object() -> None:
    """Each data source, the timeline and its index have a line."""
    (made,) = planned((judged_timeline(ROWS), ROWS)).repairs
    assert subject(made) == "timeline 5 'disk'"
    assert headline(made) == "processing → ready"
    assert change_lines(made) == (
        "data source 1: error message tells what happened",
        "data source 1 'file-1.csv': queueing → fail",
        "timeline 5: processing → ready",
        "search index 7: processing → ready",
    )


def test_an_analysis_is_told() -> None:
    """An analysis has its status and its result."""
    rows = analysis("STARTED")
    (made,) = planned((judged_analysis(rows), rows)).repairs
    assert subject(made) == "analysis 9 'domain'"
    assert headline(made) == "STARTED → ERROR"
    assert change_lines(made)[0] == "analysis 9: result tells what happened"


def test_an_undo_is_told_backwards() -> None:
    """An undo says what returns, and what is taken away because nothing was there."""
    (made,) = planned((judged_timeline(ROWS), ROWS)).repairs
    left = replace(
        ROWS,
        statuses=(row(51, "ready"),),
        data_sources=(source(1, "fail", message="lost"), source(2, "ready")),
        index=index("ready"),
    )
    entry = Entry(made, CLI, "0", HERE, AT, outcome=Outcome.APPLIED, after=left)
    undo = plan_undo(entry, repair_id="u1", now=AT)
    assert headline(undo) == "ready → processing"
    assert "data source 1: error message removed" in change_lines(undo)
    assert "data source 1 'file-1.csv': fail → queueing" in change_lines(undo)


def test_a_requeue_is_told_with_its_task() -> None:
    """What is deleted and sent has a line each; an undo says what it revokes."""
    made = requeued(upload(PATH, message(), events=2), how=Requeueing(purge=True))
    assert isinstance(made, Repair)
    assert made.requeue is not None
    assert headline(made) == "requeued"
    assert change_lines(made) == (
        "data source 1 'file-1.csv': processing → queueing",
        "timeline 5: processing → processing",
        "search index: 2 events of it deleted",
        f"task run_csv_jsonl: sent to queue csv as {made.requeue.task_id}",
    )
    undo = replace(made, undoes="r1")
    assert change_lines(undo)[-1] == f"task {made.requeue.task_id}: revoked, unless it has begun"
    assert headline(undo) == "processing → processing"


def test_no_change_is_told_as_none() -> None:
    """A repair without changes of its own object says so."""
    assert headline(repair()) == "no change"
    assert change_lines(repair()) == ()
