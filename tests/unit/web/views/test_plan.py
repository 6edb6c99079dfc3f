"""The page of a plan says what would be done, what has to be typed, and what became of it."""

from __future__ import annotations

from dataclasses import replace

from exporter.repair.choice import Choice
from exporter.repair.engine import Prepared
from exporter.repair.guards import Decision, Situation
from exporter.repair.plan import Plan
from exporter.repair.records import Entry, Guard, Outcome, Refusal
from exporter.web.acting.plans import KeptPlan, Result
from exporter.web.views.plan import MOST_WITH_ROWS, plan_page
from tests.unit.repair.build import AT, judged_timeline, planned, source, timeline
from tests.unit.repair.engine_world import CLI, HERE

ROWS = timeline(source(1, "processing"))
(REPAIR,) = planned((judged_timeline(ROWS), ROWS)).repairs
BUDGET = Decision((Refusal(Guard.BUDGET, "the budget is spent"),))


def kept(*decisions: Decision) -> KeptPlan:
    """A plan of so many repairs."""
    repairs = [replace(REPAIR, repair_id=f"r{number}") for number in range(len(decisions))]
    by_id = {each.repair_id: said for each, said in zip(repairs, decisions, strict=True)}
    prepared = Prepared(Plan(tuple(repairs), ()), Situation(complete=True), by_id)
    return KeptPlan("abcd", "olga", Choice(), prepared, AT)


def test_what_would_be_written() -> None:
    """Each repair has its words, its rows and what the guards say of it."""
    page = plan_page(kept(Decision(), BUDGET))
    first, second = page.rows
    assert (page.confirm, page.writes, page.ended) == ("repair 1", True, None)
    assert (first.becomes, first.word, first.tone) == ("processing → fail", "go ahead", "good")
    assert any(change.changed for change in first.rows)
    assert (second.word, second.refusals) == ("refused", ("budget: the budget is spent",))


def test_nothing_to_confirm() -> None:
    """What the guards let nothing of through asks for nothing; a dry run asks for its word."""
    assert plan_page(kept(BUDGET)).confirm is None
    assert plan_page(kept()).confirm is None
    dry = plan_page(kept(Decision(dry_run=True)))
    assert (dry.confirm, dry.writes, dry.rows[0].word) == ("dry-run 1", False, "dry run")


def test_a_long_plan_shows_the_rows_of_its_first_repairs() -> None:
    """The table tells of all of them, the rows one by one only of some."""
    page = plan_page(kept(*[Decision()] * (MOST_WITH_ROWS + 2)))
    assert [bool(row.rows) for row in page.rows] == [True] * MOST_WITH_ROWS + [False] * 2


def test_what_became_of_it() -> None:
    """While it is applied that is said, and afterwards how each ended."""
    plan = kept(Decision())
    assert plan_page(replace(plan, under_way=True)).under_way
    entry = Entry(REPAIR, CLI, "1", HERE, AT, outcome=Outcome.APPLIED)
    page = plan_page(replace(plan, under_way=True, result=Result((entry,), problem="lost")))
    assert not page.under_way
    assert page.ended is not None
    assert ([row.outcome for row in page.ended.rows], page.ended.problem) == (["applied"], "lost")
    assert page.ended.left == ()


def test_what_is_left() -> None:
    """What was not written, because it had changed or was not tried, can be planned anew."""
    unchanged = Entry(REPAIR, CLI, "1", HERE, AT, outcome=Outcome.UNCHANGED)
    for result in (Result((unchanged,)), Result((), not_tried=1)):
        page = plan_page(replace(kept(Decision()), result=result))
        assert page.ended is not None
        assert page.ended.left == (REPAIR.timeline_id,)
