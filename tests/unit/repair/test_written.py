"""What rows tell of a repair whose end nobody saw, and how they differ from those expected."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from exporter.repair.changes import (
    Evidence,
    NewStatus,
    Repair,
    SetStatus,
    SetText,
    StatusTable,
    TextColumn,
)
from exporter.repair.differences import differences
from exporter.repair.rows import (
    AnalysisRows,
    DataSourceRows,
    IndexRows,
    StatusRow,
    Target,
    TimelineRows,
)
from exporter.repair.written import Trace, trace

DATE = datetime(2026, 11, 23, 10, 2, 11)  # noqa: DTZ001  Timesketch's have no time zone
OLD = StatusRow(4, "processing", None, DATE, DATE)
NEW = StatusRow(9, "fail", None, DATE, DATE)
OTHERS = StatusRow(12, "ready", None, DATE, DATE)
MESSAGE = "Lost. Repair r1."

BEFORE = TimelineRows(
    timeline_id=5,
    sketch_id=1,
    name="evidence",
    statuses=(OLD,),
    data_sources=(DataSourceRows(7, (OLD,), ""),),
    index=IndexRows(2, "cafe", (OLD,), 0),
)
AFTER = replace(
    BEFORE,
    statuses=(NEW,),
    data_sources=(DataSourceRows(7, (NEW,), MESSAGE),),
)
REPAIR = Repair(
    repair_id="r1",
    target=Target.TIMELINE,
    target_id=5,
    sketch_id=1,
    timeline_id=5,
    name="evidence",
    status_id=4,
    rows=BEFORE,
    changes=(
        SetStatus(StatusTable.DATA_SOURCE, 7, (OLD,), (NewStatus("fail"),)),
        SetText(TextColumn.ERROR_MESSAGE, 7, "", MESSAGE),
        SetStatus(StatusTable.TIMELINE, 5, (OLD,), (NewStatus("fail"),)),
    ),
    evidence=Evidence("orphaned", 0.0, 0.0, ()),
)
WITH_INDEX = replace(
    REPAIR,
    changes=(*REPAIR.changes, SetStatus(StatusTable.INDEX, 2, (OLD,), (NewStatus("fail"),))),
)
EMPTY = replace(
    REPAIR, rows=replace(BEFORE, data_sources=()), changes=REPAIR.changes[2:], repair_id="r2"
)


def test_written() -> None:
    """Rows as the repair leaves them are a written repair."""
    assert trace(REPAIR, AFTER) is Trace.WRITTEN


def test_overwritten() -> None:
    """The repair's id in a message tells, whatever the statuses say by now."""
    assert trace(REPAIR, replace(AFTER, statuses=(OTHERS,))) is Trace.OVERWRITTEN


@pytest.mark.parametrize(
    "found",
    [
        BEFORE,
        replace(BEFORE, statuses=(OTHERS,)),
        replace(BEFORE, data_sources=(DataSourceRows(7, (OTHERS,), "bad file"),)),
    ],
)
def test_absent(found: TimelineRows) -> None:
    """One former status row that is still there tells that nothing was written."""
    assert trace(REPAIR, found) is Trace.ABSENT


def test_same_values_are_not_enough() -> None:
    """The status that a repair would set, in a row that was there before it, was not set by it."""
    failed = replace(OLD, status="fail")
    before = replace(BEFORE, statuses=(failed,), data_sources=())
    change = SetStatus(StatusTable.TIMELINE, 5, (failed,), (NewStatus("fail"),))

    assert trace(replace(EMPTY, rows=before, changes=(change,)), before) is Trace.ABSENT


@pytest.mark.parametrize("found", [None, replace(BEFORE, statuses=(OTHERS,), data_sources=())])
def test_unclear(found: TimelineRows | None) -> None:
    """Rows that are gone, or all replaced by somebody and without a message, tell nothing."""
    assert trace(EMPTY, found) is Trace.UNCLEAR


def test_undo_is_told_by_its_rows() -> None:
    """An undo is written when the former values are back, with their dates, under new ids."""
    back = NewStatus("processing", None, DATE, DATE)
    undo = replace(
        REPAIR,
        rows=AFTER,
        undoes="r1",
        repair_id="u1",
        changes=(
            SetText(TextColumn.ERROR_MESSAGE, 7, MESSAGE, ""),
            SetStatus(StatusTable.TIMELINE, 5, (NEW,), (back,)),
        ),
    )
    done = replace(
        AFTER,
        statuses=(replace(OLD, status_id=20),),
        data_sources=(DataSourceRows(7, (NEW,), ""),),
    )
    wrong_date = replace(done, statuses=(StatusRow(20, "processing", None, None, DATE),))

    assert trace(undo, done) is Trace.WRITTEN
    assert trace(undo, AFTER) is Trace.ABSENT
    assert trace(undo, wrong_date) is Trace.UNCLEAR


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "timeline 5 is gone"),
        (replace(BEFORE, sketch_id=None), "timeline 5 is in no sketch, not in sketch 1"),
        (
            replace(BEFORE, statuses=(OTHERS,)),
            "timeline 5 says ready since 2026-11-23 10:02:11, not processing",
        ),
        (
            replace(BEFORE, statuses=(replace(OLD, status_id=6),)),
            "timeline 5 was set to processing since 2026-11-23 10:02:11 anew",
        ),
        (
            replace(BEFORE, statuses=(StatusRow(3, "new"), OLD)),
            "the status rows of timeline 5 were changed",
        ),
        (replace(BEFORE, statuses=()), "timeline 5 has no status any more"),
        (replace(BEFORE, data_sources=()), "data source 7 is gone"),
        (
            replace(BEFORE, data_sources=(*BEFORE.data_sources, DataSourceRows(8, (), ""))),
            "data source 8 was added",
        ),
        (
            replace(BEFORE, data_sources=(DataSourceRows(7, (OLD,), None),)),
            "the error message of data source 7 was changed",
        ),
    ],
)
def test_differences(found: TimelineRows | None, said: str) -> None:
    """What is no longer as expected is said in words."""
    assert differences(REPAIR, found) == (said,)


@pytest.mark.parametrize(
    "found",
    [
        replace(BEFORE, name="renamed"),
        replace(BEFORE, index=IndexRows(2, "cafe", (OTHERS,), 3)),
        replace(BEFORE, data_sources=(DataSourceRows(7, (OLD,), "", name="renamed"),)),
    ],
)
def test_no_difference(found: TimelineRows) -> None:
    """Names do not count, nor does an index that the repair leaves alone."""
    assert differences(REPAIR, found) == ()


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (IndexRows(2, "cafe", (OTHERS,), 0), "search index 2 says ready since"),
        (IndexRows(2, "cafe", (OLD,), 1), "search index 2 holds 1 other timelines, not 0"),
        (IndexRows(3, "tea", (OLD,), 0), "timeline 5 has another search index"),
        (None, "timeline 5 has another search index"),
    ],
)
def test_differences_of_a_changed_index(index: IndexRows | None, said: str) -> None:
    """An index that the repair changes must be as it was, and still nobody else's."""
    (found,) = differences(WITH_INDEX, replace(BEFORE, index=index))

    assert found.startswith(said)


def test_no_index_before_and_after() -> None:
    """A timeline that never had an index is the same without one."""
    bare = replace(BEFORE, index=None)

    assert differences(replace(WITH_INDEX, rows=bare), bare) == ()


def test_first_status() -> None:
    """A status where there was none is a difference."""
    repair = replace(REPAIR, rows=replace(BEFORE, statuses=()))

    assert differences(repair, replace(BEFORE, statuses=(StatusRow(6, "ready"),))) == (
        "timeline 5 says ready, and had no status",
    )


ANALYSIS = AnalysisRows(3, 1, 5, "sigma", (OLD,), None)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (replace(ANALYSIS, result="12 hits"), ("the result of analysis 3 was changed",)),
        (replace(ANALYSIS, sketch_id=2), ("analysis 3 belongs to another sketch or timeline",)),
        (replace(ANALYSIS, analyzer="renamed"), ()),
        (BEFORE, ("analysis 3 is gone",)),
    ],
)
def test_differences_of_an_analysis(
    found: AnalysisRows | TimelineRows, said: tuple[str, ...]
) -> None:
    """What is no longer as expected of an analysis is said in words."""
    repair = replace(REPAIR, target=Target.ANALYSIS, target_id=3, rows=ANALYSIS, changes=())

    assert differences(repair, found) == said
