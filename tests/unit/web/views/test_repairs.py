"""The journal's entries as a page tells them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from exporter.repair.records import Entry, Guard, Origin, Outcome, Refusal
from exporter.repair.requests import RequestOutcome
from exporter.snapshot import WorkerState
from exporter.web.views.repairs import OUTCOME_MEANINGS, repair_page, repair_row, repair_rows
from exporter.web.views.requests import REQUEST_MEANINGS
from exporter.web.views.row_changes import WITHHELD, row_changes
from exporter.web.views.workers import STATE_MEANINGS
from tests.judgements import AT
from tests.unit.repair.build import judged_timeline, planned, source, timeline
from tests.unit.repair.journal.vocabulary import entries

ROWS = timeline(source(7, "processing", message="/cases/0815.csv is odd"))
REPAIR = planned((judged_timeline(ROWS), ROWS)).repairs[0]
ENTRY = Entry(REPAIR, Origin("root@host", "cli"), "1", "host", AT, Outcome.APPLIED, AT)


def test_planned_rows_are_told_beside_those_that_are() -> None:
    """Without rows afterwards the page tells what a repair means to leave."""
    changes = row_changes(REPAIR, None, names=True)
    told = [(each.label, each.field, each.before, each.after) for each in changes]
    assert told[0] == ("timeline 5", "status", "processing", "fail")
    assert told[1] == ("data source 7", "status", "processing", "fail")
    assert changes[2].before == "/cases/0815.csv is odd"
    assert changes[2].after.startswith("On 2025-11-23")
    assert all(each.changed for each in changes)


def test_rows_that_were_left_are_told_as_they_were() -> None:
    """With rows afterwards these are told, and what did not change is marked as such."""
    after = replace(ROWS, statuses=timeline().statuses, data_sources=())
    changes = row_changes(REPAIR, after, names=True)
    assert [(each.after, each.changed) for each in changes] == [
        ("processing", False),
        ("gone", True),
        ("gone", True),
    ]


def test_texts_of_cases_are_withheld() -> None:
    """Names of files and messages are for those who sign in."""
    changes = row_changes(REPAIR, None, names=False)
    assert {each.name for each in changes} == {""}
    assert (changes[2].before, changes[2].after) == (WITHHELD, WITHHELD)
    assert changes[2].changed


def test_the_newest_repair_comes_first() -> None:
    """The journal tells the newest last, and the page first."""
    later = replace(ENTRY, begun_at=AT + 1)
    assert [row.begun_at for row in repair_rows([ENTRY, later], names=True)] == [AT + 1, AT]


def test_an_undo_is_offered_only_where_it_may_succeed() -> None:
    """What was not written, is undone or was changed since can't be taken back."""
    assert repair_page(ENTRY, names=True).can_be_undone
    for changed in (
        replace(ENTRY, outcome=Outcome.DRY_RUN),
        replace(ENTRY, outcome=None),
        replace(ENTRY, undone_by="r2"),
        replace(ENTRY, superseded_at=AT),
        replace(ENTRY, repair=replace(REPAIR, undoes="r0")),
    ):
        assert not repair_page(changed, names=True).can_be_undone


def test_the_reason_of_a_pause_is_withheld() -> None:
    """A guard's words are told, but for what somebody wrote as the reason of a pause."""
    refusals = (Refusal(Guard.PAUSE, "paused (case 0815)"), Refusal(Guard.BUDGET, "spent"))
    entry = replace(ENTRY, outcome=Outcome.REFUSED, refusals=refusals)
    assert repair_row(entry, names=True).because == ("pause: paused (case 0815)", "budget: spent")
    assert repair_row(entry, names=False).because == ("pause: repairs were paused", "budget: spent")


def test_every_word_is_explained() -> None:
    """No outcome and no state lacks its explanation."""
    assert set(OUTCOME_MEANINGS) == set(Outcome)
    assert set(REQUEST_MEANINGS) == set(RequestOutcome)
    assert set(STATE_MEANINGS) == set(WorkerState)


@settings(max_examples=50)
@given(entries)
def test_any_entry_can_be_told(entry: Entry) -> None:
    """Whatever the journal may hold, the page tells it with and without names."""
    for names in (True, False):
        page = repair_page(entry, names=names)
        assert page.row.repair_id == entry.repair.repair_id
        assert all(change.label for change in page.changes)
