"""The judge of repairs finds what was planted, and nothing else."""

from __future__ import annotations

import pytest

from tests.chaos.judging_repairs import (
    DEAD_ONLY,
    EXPLAINED,
    KEPT,
    ONCE,
    RIGHT,
    by_outcome,
    judge_repairs,
)
from tests.chaos.record import Author, Repair, Request, RowChange, Target, Work
from tests.chaos.truth import Span, Truth

TIMELINE: Target = ("timeline", 1)
UPLOADED = RowChange(1.0, Author.WEB, 1, "timeline_status", "INSERT", 1, 100, "processing")
ENTRY = Repair("r1", TIMELINE, "applied", 100)


def _repair(
    at: float, *, before: int, after: int, transaction: int, status: str = "fail"
) -> list[RowChange]:
    who = Author.REPAIRER
    return [
        RowChange(at, who, transaction, "datasource_status", "INSERT", 5, 900 + after, "fail"),
        RowChange(at, who, transaction, "timeline_status", "DELETE", 1, before, "processing"),
        RowChange(at, who, transaction, "timeline_status", "INSERT", 1, after, status),
    ]


def _truth(alive_until: float = 10.0) -> Truth:
    work = Work(TIMELINE, 0.5, 1.5, ("t",))
    return Truth({TIMELINE: [work]}, {"t": Span(alive_until, alive_until)}, {"t": [(2.0, 10.0)]})


def _judge(
    changes: list[RowChange],
    repairs: list[Repair],
    *,
    requests: tuple[Request, ...] = (),
    truth: Truth | None = None,
) -> list[str]:
    found = judge_repairs(changes, repairs, requests, truth or _truth())
    return [each.promise for each in found]


REPAIRED = [UPLOADED, *_repair(20.0, before=100, after=101, transaction=2)]


def test_a_repair_as_it_should_be() -> None:
    """One entry, one change, of something dead: nothing to say."""
    assert _judge(REPAIRED, [ENTRY]) == []


def test_a_repair_of_a_living_one_is_found() -> None:
    """A repair before the task's end is wrong, whatever the exporter believed."""
    assert _judge(REPAIRED, [ENTRY], truth=_truth(alive_until=25.0)) == [DEAD_ONLY]


def test_what_was_uploaded_after_the_repaired_row_accuses_nobody() -> None:
    """An upload that has not written its rows yet is not harmed by a repair of the old ones."""
    late = Work(TIMELINE, 19.9, 30.0, ("later",))
    truth = _truth()
    works = {TIMELINE: [*truth.works[TIMELINE], late]}
    assert _judge(REPAIRED, [ENTRY], truth=Truth(works, truth.tasks, truth.runs)) == []


def test_a_doubled_repair_is_found() -> None:
    """Two repairs with nothing in between are one too many."""
    twice = [*REPAIRED, *_repair(21.0, before=101, after=102, transaction=3)]
    assert _judge(twice, [ENTRY, Repair("r2", TIMELINE, "applied", 101)]) == [ONCE]


def test_two_entries_for_one_row_are_found() -> None:
    """The journal may not count one change twice."""
    assert _judge(REPAIRED, [ENTRY, Repair("r2", TIMELINE, "applied", 100)]) == [ONCE]


def test_a_repair_after_another_upload_is_no_double() -> None:
    """What was taken up again and lost again is repaired again."""
    again = RowChange(30.0, Author.WEB, 4, "timeline_status", "INSERT", 1, 102, "processing")
    changes = [*REPAIRED, again, *_repair(50.0, before=102, after=103, transaction=5)]
    assert _judge(changes, [ENTRY, Repair("r2", TIMELINE, "applied", 102)]) == []


def test_a_repair_without_an_entry_is_found() -> None:
    """A change that the journal does not know is unexplained."""
    assert _judge(REPAIRED, []) == [EXPLAINED]


@pytest.mark.parametrize("outcome", ["unchanged", "abandoned", "refused", "failed"])
def test_a_repair_that_the_journal_denies_is_found(outcome: str) -> None:
    """A change that the journal says was not made is unexplained."""
    assert _judge(REPAIRED, [Repair("r1", TIMELINE, outcome, 100)]) == [EXPLAINED]


def test_a_change_by_a_stranger_is_found() -> None:
    """Nobody but web server, workers and exporter changes a status."""
    stranger = RowChange(3.0, "somebody", 9, "timeline_status", "INSERT", 1, 101, "ready")
    assert _judge([UPLOADED, stranger], []) == [EXPLAINED]


def test_a_change_by_a_worker_that_ran_nothing_is_found() -> None:
    """A worker changes a status only while a task of it runs."""
    ready = RowChange(9.0, Author.WORKER, 9, "timeline_status", "INSERT", 1, 101, "ready")
    late = RowChange(40.0, Author.WORKER, 9, "timeline_status", "INSERT", 1, 101, "ready")
    assert _judge([UPLOADED, ready], []) == []
    assert _judge([UPLOADED, late], []) == [EXPLAINED]


def test_a_repair_that_changed_nothing_is_found() -> None:
    """An entry that says applied needs its change."""
    assert _judge([UPLOADED], [ENTRY]) == [KEPT]


def test_a_repair_without_an_end_is_found() -> None:
    """In the end each repair is settled."""
    assert _judge([UPLOADED], [Repair("r1", TIMELINE, None, 100)]) == [KEPT]


def test_a_request_without_an_end_is_found() -> None:
    """In the end each request is answered."""
    assert _judge([], [], requests=(Request("q", "timeline 1", None),)) == [KEPT]
    assert _judge([], [], requests=(Request("q", "timeline 1", "refused"),)) == []


def test_a_wrong_repair_is_found() -> None:
    """A lost timeline never becomes anything but fail or ready."""
    wrong = [UPLOADED, *_repair(20.0, before=100, after=101, transaction=2, status="processing")]
    assert _judge(wrong, [ENTRY]) == [RIGHT]


def test_repairs_are_counted_by_outcome() -> None:
    """Refused ones are counted as well."""
    refused = Repair("r2", TIMELINE, "refused", 100)
    assert by_outcome([ENTRY, refused, refused]) == {"applied": 1, "refused": 2}
