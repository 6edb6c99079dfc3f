"""From verdicts and rows to intended repairs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exporter.repair.changes import Evidence, NewStatus, SetStatus, SetText, StatusTable, TextColumn
from exporter.repair.message import lost_analysis, lost_data_source
from exporter.repair.plan import NotPlanned, Plan, PlanRules, plan
from exporter.repair.rows import Target, TimelineRows
from exporter.snapshot import Verdict
from tests.unit.repair.build import (
    AT,
    REASONS,
    analysis,
    ids,
    index,
    judged_analysis,
    judged_timeline,
    planned,
    row,
    source,
    timeline,
)

FAILED = (NewStatus("fail"),)


def changes(rows: TimelineRows, *, rules: PlanRules | None = None) -> dict[str, object]:
    """What the plan makes of these rows: statuses by table and id, texts by column and id."""
    (repair,) = planned((judged_timeline(rows), rows), rules=rules).repairs
    return {
        f"{change.table if isinstance(change, SetStatus) else change.column} "
        f"{change.parent_id if isinstance(change, SetStatus) else change.row_id}": change.after
        for change in repair.changes
    }


def notes(rows: TimelineRows) -> tuple[str, ...]:
    """What the plan adds to the verdict's reasons."""
    (repair,) = planned((judged_timeline(rows), rows)).repairs
    return repair.evidence.reasons[len(REASONS) :]


def test_a_lost_import() -> None:
    """Its open data sources fail with a message, and so does the timeline."""
    rows = timeline(source(1, "queueing", "processing"), source(2, "fail"))
    (repair,) = planned((judged_timeline(rows, ages={1: (500.0, 300.0)}), rows)).repairs
    assert (repair.repair_id, repair.key) == ("r1", (Target.TIMELINE, 5))
    assert (repair.sketch_id, repair.timeline_id, repair.name) == (1, 5, "disk")
    assert (repair.status_id, repair.rows, repair.undoes) == (50, rows, None)
    text = lost_data_source(
        repair_id="r1",
        found_at=AT,
        status="processing",
        since=AT - 300.0,
        streamed=False,
        worker="celery@w1",
        earlier="",
    )
    assert repair.changes == (
        SetText(TextColumn.ERROR_MESSAGE, 1, "", text),
        SetStatus(
            StatusTable.DATA_SOURCE, 1, (row(100, "queueing"), row(101, "processing")), FAILED
        ),
        SetStatus(StatusTable.TIMELINE, 5, (row(50, "processing"),), FAILED),
    )
    assert repair.evidence == Evidence(
        verdict="orphaned",
        since=AT - 600.0,
        judged_at=AT,
        reasons=REASONS,
        task_ids=("task-5",),
        worker="celery@w1",
    )


def test_an_earlier_message_is_handed_on() -> None:
    """The message that stood there is kept in the new one."""
    rows = timeline(source(1, "processing", message="index is red"))
    (repair,) = planned((judged_timeline(rows), rows)).repairs
    text = repair.changes[0]
    assert isinstance(text, SetText)
    assert text.before == "index is red"
    assert (text.after or "").endswith("\nindex is red")


def test_a_stream_is_told_as_one() -> None:
    """Of a stream only what is certainly lost becomes fail, and the message calls it a part."""
    rows = timeline(source(1, "processing"), source(2, "queueing"))
    judged = judged_timeline(rows, streamed={1, 2}, ages={2: (500.0, 500.0)})
    (repair,) = planned((judged, rows)).repairs
    assert [type(change).__name__ for change in repair.changes] == [
        "SetText",
        "SetStatus",
        "SetStatus",
    ]
    text = repair.changes[0]
    assert isinstance(text, SetText)
    assert "part of a stream" in (text.after or "")
    assert repair.evidence.reasons[-1].startswith("left queueing")


def test_a_timeline_without_data_sources_fails() -> None:
    """Only its own status changes, and why is told."""
    assert changes(timeline()) == {"timeline_status 5": FAILED}
    assert notes(timeline()) == ("it has no data source: its upload ended before one was recorded",)


def test_ready_data_sources_make_it_ready() -> None:
    """Nothing is marked as failed where everything was imported."""
    rows = timeline(source(1, "ready"), source(2, "ready"))
    assert changes(rows) == {"timeline_status 5": (NewStatus("ready"),)}
    assert notes(rows) == (
        "none of its data sources is known to be lost: only its own status becomes ready",
    )


@pytest.mark.parametrize("partial", ["ready", "fail"])
def test_a_mix_becomes_what_the_rules_say(partial: str) -> None:
    """Timesketch's own rule says ready, and the setting can make that fail."""
    rules = PlanRules() if partial == "ready" else PlanRules(partial="fail")
    found = changes(timeline(source(1, "ready"), source(2, "processing")), rules=rules)
    assert found["timeline_status 5"] == (NewStatus(partial),)
    assert set(found) == {"datasource.error_message 2", "datasource_status 2", "timeline_status 5"}


def test_several_status_rows_become_one() -> None:
    """Whatever an older database holds, exactly one row remains."""
    rows = replace(timeline(), statuses=(row(40, "ready"), row(50, "processing")))
    (repair,) = planned((judged_timeline(rows), rows)).repairs
    assert repair.changes == (SetStatus(StatusTable.TIMELINE, 5, rows.statuses, FAILED),)


@pytest.mark.parametrize("status", ["ready", "fail"])
def test_a_stuck_index_of_its_own_follows(status: str) -> None:
    """A search index that says processing gets the timeline's new status."""
    sources = (source(1, "ready"),) if status == "ready" else ()
    rows = timeline(*sources, index=index("new", "processing"))
    (repair,) = planned((judged_timeline(rows), rows)).repairs
    assert repair.changes[-1] == SetStatus(
        StatusTable.INDEX, 7, (row(700, "new"), row(701, "processing")), (NewStatus(status),)
    )
    assert not any("search index" in note for note in repair.evidence.reasons)


@pytest.mark.parametrize(
    "statuses",
    [
        pytest.param((), id="without a status row, as before any worker begins"),
        pytest.param(("processing", "ready"), id="ready"),
        pytest.param(("fail",), id="failed"),
    ],
)
@pytest.mark.parametrize("shared_with", [0, 2])
def test_any_other_index_is_left_alone(statuses: tuple[str, ...], shared_with: int) -> None:
    """Only an index that says processing is stuck."""
    rows = timeline(index=index(*statuses, shared_with=shared_with))
    assert list(changes(rows)) == ["timeline_status 5"]
    assert len(notes(rows)) == 1


@pytest.mark.parametrize("shared_with", [1, 2])
def test_a_shared_index_is_left_alone(shared_with: int) -> None:
    """An index that other timelines lie in is never written, and that is told."""
    rows = timeline(index=index("processing", shared_with=shared_with))
    assert list(changes(rows)) == ["timeline_status 5"]
    assert notes(rows)[-1] == (
        "search index abc says processing too and is left alone: "
        f"other timelines ({shared_with}) lie in it"
    )


def test_a_lost_analysis() -> None:
    """It becomes ERROR and its result tells why."""
    rows = analysis("PENDING", "STARTED", result="3 domains")
    (repair,) = planned((judged_analysis(rows), rows)).repairs
    assert (repair.repair_id, repair.key) == ("r1", (Target.ANALYSIS, 9))
    assert (repair.sketch_id, repair.timeline_id, repair.name) == (1, 5, "domain")
    assert (repair.status_id, repair.rows, repair.undoes) == (901, rows, None)
    text = lost_analysis(
        repair_id="r1",
        found_at=AT,
        status="STARTED",
        since=AT - 600.0,
        worker=None,
        earlier="3 domains",
    )
    assert repair.changes == (
        SetText(TextColumn.RESULT, 9, "3 domains", text),
        SetStatus(StatusTable.ANALYSIS, 9, rows.statuses, (NewStatus("ERROR"),)),
    )
    assert repair.evidence == Evidence(
        verdict="orphaned", since=AT - 600.0, judged_at=AT, reasons=REASONS
    )


def test_the_evidence_of_an_analysis_is_whole() -> None:
    """Its tasks and its worker are in the evidence, and the worker in the text."""
    rows = analysis("STARTED")
    judged = replace(judged_analysis(rows), task_ids=("task-9",), worker="celery@w2")
    (repair,) = planned((judged, rows)).repairs
    assert (repair.evidence.task_ids, repair.evidence.worker) == (("task-9",), "celery@w2")
    assert isinstance(repair.changes[0], SetText)
    assert "celery@w2" in (repair.changes[0].after or "")


def test_each_repair_has_an_id_of_its_own() -> None:
    """Repairs keep the order of the verdicts, and no id is spent on what is not planned."""
    first, second = timeline(), replace(timeline(), timeline_id=6)
    running = replace(timeline(), timeline_id=4)
    made = planned(
        (judged_timeline(running, verdict=Verdict.RUNNING), running),
        (judged_timeline(second), second),
        (judged_timeline(first), first),
    )
    assert [(repair.repair_id, repair.target_id) for repair in made.repairs] == [
        ("r1", 6),
        ("r2", 5),
    ]


def test_what_is_named_twice_is_planned_once() -> None:
    """A timeline and an analysis of the same number are two things, the same verdict is one."""
    lost, unfinished = timeline(), replace(analysis("PENDING"), analysis_id=5)
    made = planned(
        (judged_timeline(lost), lost),
        (judged_timeline(lost), lost),
        (judged_analysis(unfinished), unfinished),
    )
    assert [repair.key for repair in made.repairs] == [(Target.TIMELINE, 5), (Target.ANALYSIS, 5)]


@pytest.mark.parametrize("verdict", [each for each in Verdict if each is not Verdict.ORPHANED])
def test_what_is_not_orphaned_is_not_planned(verdict: Verdict) -> None:
    """Its verdict, with the reasons, says why."""
    made = planned(
        (judged_timeline(timeline(), verdict=verdict), timeline()),
        (judged_analysis(analysis("PENDING"), verdict=verdict), analysis("PENDING")),
    )
    reason = f"it is {verdict}, not orphaned: {'; '.join(REASONS)}"
    assert made == Plan(
        repairs=(),
        not_planned=(
            NotPlanned(Target.TIMELINE, 5, reason),
            NotPlanned(Target.ANALYSIS, 9, reason),
        ),
    )


def test_what_changed_is_not_planned() -> None:
    """The verdict was on other rows."""
    made = planned(
        (judged_timeline(timeline()), timeline(source(1, "queueing"))),
        (judged_analysis(analysis("PENDING")), analysis("PENDING", "STARTED")),
    )
    assert made.repairs == ()
    assert [each.reason for each in made.not_planned] == [
        "changed since it was judged: data source 1 was added",
        "changed since it was judged: it said PENDING and now says STARTED",
    ]


def test_what_is_gone_is_not_planned() -> None:
    """A target without rows no longer exists."""
    made = planned(
        (judged_timeline(timeline()), None), (judged_analysis(analysis("PENDING")), None)
    )
    reason = "changed since it was judged: it is no longer in Timesketch's database"
    assert made.repairs == ()
    assert made.not_planned == (
        NotPlanned(Target.TIMELINE, 5, reason),
        NotPlanned(Target.ANALYSIS, 9, reason),
    )


def test_rows_of_another_kind_are_no_rows() -> None:
    """An analysis' rows never stand in for a timeline's."""
    made = plan(
        [judged_timeline(timeline())],
        {(Target.TIMELINE, 5): analysis("PENDING")},
        judged_at=AT,
        rules=PlanRules(),
        new_id=ids(),
    )
    assert made.repairs == ()
