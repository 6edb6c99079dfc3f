"""The undo of a repair."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from exporter.errors import UndoRefusedError
from exporter.repair.changes import Evidence, NewStatus, SetStatus, SetText, StatusTable, TextColumn
from exporter.repair.plan import plan_undo
from exporter.repair.records import Entry, Origin, Outcome
from tests.unit.repair.build import (
    AT,
    analysis,
    index,
    judged_analysis,
    judged_timeline,
    planned,
    row,
    source,
    timeline,
)

if TYPE_CHECKING:
    from exporter.repair.changes import Repair
    from exporter.repair.rows import Rows

LOST = timeline(
    source(1, "ready"),
    source(2, "queueing", "processing", message="index is red", user_id=3),
    source(3, message=None),
    index=index("processing"),
)
LEFT = timeline(
    source(1, "ready"),
    replace(source(2, message="lost"), statuses=(row(301, "fail"),)),
    replace(source(3, message="lost"), statuses=(row(302, "fail"),)),
    index=replace(index(), statuses=(row(303, "ready"),)),
)
LEFT = replace(LEFT, statuses=(row(304, "ready"),))


def applied(repair: Repair, after: Rows | None) -> Entry:
    """The journal's entry of a repair that was applied."""
    return Entry(
        repair=repair,
        origin=Origin("root@host", "cli"),
        version="1",
        instance="host:1:1",
        begun_at=AT + 1.0,
        outcome=Outcome.APPLIED,
        ended_at=AT + 2.0,
        after=after,
    )


def of_timeline() -> Entry:
    """An applied repair of a timeline."""
    (repair,) = planned((judged_timeline(LOST), LOST)).repairs
    return applied(repair, LEFT)


def of_analysis(after: Rows) -> Entry:
    """An applied repair of an analysis that left these rows."""
    lost = analysis("PENDING", result="so far")
    (repair,) = planned((judged_analysis(lost), lost)).repairs
    return applied(repair, after)


def former(entry: Entry, source_id: int) -> tuple[NewStatus, ...]:
    """The status rows that a data source had, as they are written anew."""
    assert entry.repair.rows is LOST
    statuses = LOST.data_sources[source_id - 1].statuses
    return tuple(
        NewStatus(each.status, each.user_id, each.created_at, each.updated_at) for each in statuses
    )


def texts(repair: Repair) -> dict[int, str | None]:
    """The texts that the repair writes."""
    return {change.row_id: change.after for change in repair.changes if isinstance(change, SetText)}


def test_an_undo_of_a_timeline_puts_everything_back() -> None:
    """Each former row returns with its user and its times, the last change first."""
    entry = of_timeline()
    undo = plan_undo(entry, repair_id="r9", now=AT + 60.0)
    stuck, processing = row(700, "processing"), row(50, "processing")
    assert undo.changes == (
        SetStatus(
            StatusTable.INDEX,
            7,
            (row(303, "ready"),),
            (NewStatus("processing", None, stuck.created_at, stuck.updated_at),),
        ),
        SetStatus(
            StatusTable.TIMELINE,
            5,
            (row(304, "ready"),),
            (NewStatus("processing", None, processing.created_at, processing.updated_at),),
        ),
        SetStatus(StatusTable.DATA_SOURCE, 3, (row(302, "fail"),), ()),
        SetText(TextColumn.ERROR_MESSAGE, 3, texts(entry.repair)[3], None),
        SetStatus(StatusTable.DATA_SOURCE, 2, (row(301, "fail"),), former(entry, 2)),
        SetText(TextColumn.ERROR_MESSAGE, 2, texts(entry.repair)[2], "index is red"),
    )
    assert former(entry, 2)[0].user_id == 3
    assert (undo.rows, undo.status_id) == (LEFT, 304)


def test_an_undo_is_about_the_same() -> None:
    """It has an id of its own, names the repair, and concerns what that concerned."""
    entry = of_timeline()
    undo = plan_undo(entry, repair_id="r9", now=AT + 60.0)
    assert (undo.repair_id, undo.undoes, undo.key) == ("r9", "r1", entry.repair.key)
    assert (undo.sketch_id, undo.timeline_id, undo.name) == (1, 5, "disk")
    assert undo.evidence == Evidence(
        verdict="undo",
        since=AT - 600.0,
        judged_at=AT + 60.0,
        reasons=("takes back repair r1, applied at 2025-11-23 09:00:02 UTC",),
        task_ids=("task-5",),
        worker="celery@w1",
    )


def test_an_entry_without_an_end_is_dated_by_its_beginning() -> None:
    """Where the journal has no end, the reason tells the beginning."""
    undo = plan_undo(replace(of_timeline(), ended_at=None), repair_id="r9", now=AT)
    assert undo.evidence.reasons == ("takes back repair r1, applied at 2025-11-23 09:00:01 UTC",)


def test_an_undo_of_an_analysis() -> None:
    """Status and result return."""
    left = replace(analysis(result="so far and lost"), statuses=(row(910, "ERROR"),))
    entry = of_analysis(left)
    undo = plan_undo(entry, repair_id="r9", now=AT)
    pending = row(900, "PENDING")
    assert undo.changes == (
        SetStatus(
            StatusTable.ANALYSIS,
            9,
            (row(910, "ERROR"),),
            (NewStatus("PENDING", None, pending.created_at, pending.updated_at),),
        ),
        SetText(TextColumn.RESULT, 9, texts(entry.repair)[9], "so far"),
    )
    assert (undo.rows, undo.status_id) == (left, 910)


def test_rows_without_a_status_have_no_status_id() -> None:
    """Nothing is compared with a row that is not there."""
    assert plan_undo(of_analysis(analysis()), repair_id="r9", now=AT).status_id is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": None}, "it is still under way"),
        ({"outcome": Outcome.DRY_RUN}, "it was not applied but is dry-run"),
        ({"outcome": Outcome.UNCHANGED}, "it was not applied but is unchanged"),
        ({"undone_by": "r7"}, "repair r7 took it back already"),
        (
            {"superseded_at": AT, "superseded_by": "timeline 5 says ready"},
            "its rows were changed since by somebody else: timeline 5 says ready",
        ),
        ({"superseded_at": AT}, "its rows were changed since by somebody else"),
        ({"after": None}, "the journal does not say how it left the rows"),
    ],
)
def test_what_cannot_be_undone(change: dict[str, object], said: str) -> None:
    """What is not applied, taken back or changed since is refused with the reason."""
    with pytest.raises(UndoRefusedError) as caught:
        plan_undo(replace(of_timeline(), **change), repair_id="r9", now=AT)  # type: ignore[arg-type]
    assert str(caught.value) == f"repair r1 cannot be undone: {said}"


def test_an_undo_cannot_be_undone() -> None:
    """Whoever wants the repair back repairs anew, from a fresh verdict."""
    undo = plan_undo(of_timeline(), repair_id="r9", now=AT)
    with pytest.raises(UndoRefusedError) as caught:
        plan_undo(applied(undo, LOST), repair_id="r10", now=AT)
    assert str(caught.value) == (
        "repair r9 cannot be undone: it is itself the undo of repair r1; repair anew instead"
    )
