"""The exit code of `repair` says whether everything that was asked for was done."""

from __future__ import annotations

import sys
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from exporter.commands.asking import confirmed, origin, require_a_terminal
from exporter.commands.plan_tables import journal_table, outcome_report, plan_report, undo_report
from exporter.commands.repair_outcome import exit_code, remaining
from exporter.errors import Exit, SettingsError
from exporter.repair.engine import Prepared
from exporter.repair.guards import Decision, Situation
from exporter.repair.plan import NotPlanned, Plan
from exporter.repair.records import Entry, Guard, Outcome, Refusal
from exporter.repair.rows import Target
from exporter.repair.still_meant import still_meant
from tests.unit.repair.build import AT, judged_timeline, planned, repair, source, timeline
from tests.unit.repair.engine_world import CLI, HERE

if TYPE_CHECKING:
    from rich.console import RenderableType

GONE = NotPlanned(Target.TIMELINE, 8, "changed since")
REFUSED = Decision((Refusal(Guard.PAUSE, "paused by root@host (rollout)"),))


def entry(outcome: Outcome | None, **changes: object) -> Entry:
    """A repair that ended so."""
    return replace(Entry(repair(), CLI, "0", HERE, AT, outcome=outcome), **changes)  # type: ignore[arg-type]  # by name


def prepared(*decisions: Decision, not_planned: tuple[NotPlanned, ...] = ()) -> Prepared:
    """A plan with a repair for each decision, of timelines 1, 2 and so on."""
    repairs = tuple(
        replace(repair(number), repair_id=f"r{number}") for number in range(1, len(decisions) + 1)
    )
    return Prepared(
        Plan(repairs, not_planned),
        Situation(complete=True),
        {made.repair_id: decision for made, decision in zip(repairs, decisions, strict=True)},
    )


def printed(shown: RenderableType) -> str:
    """What a wide terminal without colours shows."""
    console = Console(file=StringIO(), width=300, no_color=True)
    console.print(shown)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("outcomes", "not_planned", "code"),
    [
        ([Outcome.APPLIED, Outcome.APPLIED], (), Exit.OK),
        ([Outcome.APPLIED], (GONE,), Exit.REFUSED),
        ([Outcome.APPLIED, Outcome.REFUSED], (), Exit.REFUSED),
        ([Outcome.UNCHANGED], (), Exit.REFUSED),
        ([Outcome.DRY_RUN], (), Exit.REFUSED),
        ([Outcome.REFUSED, Outcome.FAILED], (GONE,), Exit.ERROR),
    ],
)
def test_exit_code(
    outcomes: list[Outcome], not_planned: tuple[NotPlanned, ...], code: Exit
) -> None:
    """All applied is 0, a failure is 1 whatever else, and anything less than all is 3."""
    assert exit_code([entry(outcome) for outcome in outcomes], not_planned) is code


def test_a_dry_run_that_was_asked_for_is_done() -> None:
    """With --dry-run a dry run is what was asked for; a refusal still is one."""
    assert exit_code([entry(Outcome.DRY_RUN)], (), dry_run=True) is Exit.OK
    assert exit_code([entry(Outcome.REFUSED)], (), dry_run=True) is Exit.REFUSED


def test_what_an_error_left_untried_is_counted() -> None:
    """The repair that stopped the run was tried, those after it were not."""
    assert remaining(prepared(Decision(), Decision(), Decision()), [entry(Outcome.APPLIED)]) == 1


def test_only_what_was_shown_is_repaired() -> None:
    """After a long thought, what changed or came anew is not part of what was confirmed."""
    shown = prepared(Decision(), Decision(), not_planned=(GONE,))
    now = prepared(Decision(), Decision(), Decision())
    changed = replace(now.plan.repairs[1], rows=timeline(source(1, "ready")))
    now = replace(now, plan=Plan((now.plan.repairs[0], changed, now.plan.repairs[2]), ()))
    kept = still_meant(shown, now)
    assert [made.target_id for made in kept.plan.repairs] == [1]
    assert kept.plan.not_planned == (
        GONE,
        NotPlanned(Target.TIMELINE, 2, "it changed while you were asked"),
    )


def test_what_was_shown_as_refused_stays_refused() -> None:
    """A guard that lets go while somebody thinks does not write what nobody was asked about."""
    kept = still_meant(prepared(Decision(), REFUSED), prepared(Decision(), Decision()))
    assert [kept.decisions[made.repair_id].granted for made in kept.plan.repairs] == [True, False]


def test_a_plan_tells_what_why_and_who_refuses() -> None:
    """The table has what becomes what, the verdict's reasons and the guards' words."""
    rows = timeline(source(1, "processing"))
    plan = planned((judged_timeline(rows), rows))
    (made,) = plan.repairs
    shown = Prepared(
        replace(plan, not_planned=(GONE,)),
        Situation(complete=True),
        {made.repair_id: REFUSED},
    )
    text = printed(plan_report(shown))
    assert "timeline 5 'disk'" in text
    assert "data source 1 'file-1.csv': processing → fail" in text
    assert "3 of 3 connected workers answered" in text
    assert "pause: paused by root@host (rollout)" in text
    assert "timeline 8" in text
    assert "go ahead" in printed(plan_report(prepared(Decision())))
    assert "dry run" in printed(plan_report(prepared(replace(REFUSED, dry_run=True))))


def test_what_many_repairs_meet_is_told_once() -> None:
    """A refusal of several repairs stands below the table, and beside each only its guard."""
    text = printed(plan_report(prepared(REFUSED, REFUSED, Decision())))
    assert text.count("paused by root@host (rollout)") == 1
    assert text.count("pause (see below)") == 2
    refused = entry(Outcome.REFUSED, refusals=REFUSED.refusals)
    text = printed(outcome_report([refused, refused]))
    assert text.count("paused by root@host (rollout)") == 1


def test_outcomes_tell_why_and_under_which_name() -> None:
    """Each outcome stands beside the repair's id, in letters and not in colour alone."""
    text = printed(
        outcome_report(
            [
                entry(Outcome.REFUSED, refusals=REFUSED.refusals),
                entry(Outcome.FAILED, detail="the row is locked"),
            ]
        )
    )
    assert "r1" in text
    assert "refused" in text
    assert "paused by root@host (rollout)" in text
    assert "the row is locked" in text


def test_the_journal_tells_the_whole_story() -> None:
    """An entry shows who asked, and whether it was undone or superseded since."""
    undo = replace(repair(undoes="r1"), repair_id="u1")
    text = printed(
        journal_table(
            [
                entry(Outcome.APPLIED, undone_by="u1"),
                entry(Outcome.APPLIED, repair=undo),
                entry(Outcome.APPLIED, superseded_at=AT, superseded_by="timeline 5 says ready"),
                entry(None),
            ]
        )
    )
    assert "undone by u1" in text
    assert ", undo of r1" in text
    assert "superseded" in text
    assert "timeline 5 says ready" in text
    assert "under way" in text
    assert "root@host (cli)" in text
    assert "2025-11-23T09:00:00Z" in text


def test_an_undo_is_shown_before_it_is_done() -> None:
    """What would be put back is shown under the id of the repair."""
    assert "Undo of repair r1" in printed(undo_report(repair(undoes="r1")))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("yes\n", True), (" YES \n", True), ("y\n", False), ("\n", False), ("", False)],
)
def test_only_a_typed_yes_is_one(
    typed: str, monkeypatch: pytest.MonkeyPatch, *, meant: bool
) -> None:
    """Anything but the whole word, the end of input among it, is a no."""
    monkeypatch.setattr(sys, "stdin", StringIO(typed))
    console = Console(file=StringIO())
    assert confirmed("Write?", console) is meant


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script has to say --yes."""
    monkeypatch.setattr(sys, "stdin", StringIO("yes\n"))
    with pytest.raises(SettingsError, match="give --yes"):
        require_a_terminal()


def test_the_asker_is_the_user_of_the_process() -> None:
    """The journal learns user, host and that it was the command line."""
    asked_by = origin()
    assert asked_by.trigger == "cli"
    assert "@" in asked_by.actor
