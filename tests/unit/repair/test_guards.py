"""The guards: who refuses a repair, and in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exporter.repair.guards import Decision, GuardRules, Mode, Situation, Standing, decide, standing
from exporter.repair.records import Brake, Guard, History, Pause, Refusal
from exporter.repair.rows import Target
from tests.unit.repair.build import AT, repair

ENFORCE = GuardRules(mode=Mode.ENFORCE, budget=2)
QUIET = Situation(complete=True, processing=10)
PAST = History(now=AT)
PAUSE = Pause(AT - 60.0, "root@host", "upgrade of OpenSearch")
STORM = Situation(
    complete=True,
    processing=4,
    orphaned=tuple((Target.TIMELINE, each, each) for each in (1, 2, 3)),
)
STORM_FOUND = dict.fromkeys(STORM.orphaned, AT - 1.0)


def reasons(
    situation: Situation = QUIET, history: History = PAST, rules: GuardRules = ENFORCE
) -> dict[Guard, str]:
    """Who refuses a repair of timeline 5 in sketch 1, and why."""
    decision = decide(repair(), situation, history, rules)
    return {refusal.guard: refusal.reason for refusal in decision.refusals}


def test_nothing_stands_in_the_way() -> None:
    """In the mode enforce a repair that no guard refuses may write."""
    decision = decide(repair(), QUIET, PAST, ENFORCE)
    assert decision == Decision()
    assert decision.granted


def test_a_dry_run() -> None:
    """In the mode dry-run nobody refuses, and nothing may be written."""
    decision = decide(repair(), QUIET, PAST, replace(ENFORCE, mode=Mode.DRY_RUN))
    assert decision == Decision(dry_run=True)
    assert not decision.granted


def test_a_refused_dry_run_is_refused() -> None:
    """What would be refused in earnest is refused in the mode dry-run too."""
    decision = decide(
        repair(), QUIET, replace(PAST, pause=PAUSE), replace(ENFORCE, mode=Mode.DRY_RUN)
    )
    assert [refusal.guard for refusal in decision.refusals] == [Guard.PAUSE]
    assert not decision.dry_run
    assert not decision.granted


def test_mode_off() -> None:
    """Where repairs are off, the setting that has them is named."""
    assert reasons(rules=replace(ENFORCE, mode=Mode.OFF)) == {
        Guard.MODE: "repairs are switched off: start with --repair.mode=enforce to have them "
        "(or dry-run)"
    }


def test_pause() -> None:
    """Who paused, when and why is told, and the command that ends it."""
    assert reasons(history=replace(PAST, pause=PAUSE)) == {
        Guard.PAUSE: "paused by root@host at 2025-11-23 08:59:00 UTC (upgrade of OpenSearch): "
        "`timesketch-exporter resume` ends the pause"
    }


@pytest.mark.parametrize(("because", "said"), [(("a", "b"), "a; b"), ((), "no reason was given")])
def test_incomplete_scan(because: tuple[str, ...], said: str) -> None:
    """What the scan missed is told."""
    scan = replace(QUIET, complete=False, incomplete_because=because)
    assert reasons(scan) == {
        Guard.INCOMPLETE: f"the scan was incomplete ({said}): ask again once a scan is complete"
    }


def test_storm() -> None:
    """The brake is engaged, says how many of how many, and names the command that releases it."""
    history = replace(PAST, orphaned_at=STORM_FOUND)
    decision = decide(repair(), STORM, history, ENFORCE)
    assert decision == Decision(
        (
            Refusal(
                Guard.BRAKE,
                "3 of 4 processing timelines were found orphaned within 600 s, so the detector or "
                "the broker is suspect: the storm brake holds until 2025-11-23 09:30:00 UTC at "
                "least, and `timesketch-exporter resume brake` releases it",
            ),
        ),
        storm=True,
    )


def test_brake_after_the_storm() -> None:
    """The brake holds without being engaged anew."""
    history = replace(PAST, brake=Brake(engaged_at=AT - 600.0))
    decision = decide(repair(), QUIET, history, ENFORCE)
    assert decision == Decision(
        (
            Refusal(
                Guard.BRAKE,
                "many timelines were found orphaned at once, so the detector or the broker is "
                "suspect: the storm brake holds until 2025-11-23 09:20:00 UTC at least, and "
                "`timesketch-exporter resume brake` releases it",
            ),
        )
    )


def test_budget() -> None:
    """When the next repair is free is told."""
    assert reasons(history=replace(PAST, granted_at=(AT - 100.0, AT - 50.0))) == {
        Guard.BUDGET: "the budget of 2 repairs an hour is spent: the next is free at "
        "2025-11-23 09:58:20 UTC (--repair.budget)"
    }


def test_no_budget() -> None:
    """A budget of none is told as such."""
    assert reasons(rules=replace(ENFORCE, budget=0)) == {
        Guard.BUDGET: "the budget of 0 repairs an hour is spent: it allows none (--repair.budget)"
    }


def test_cool_down() -> None:
    """A target that was repaired, or whose repair was undone, is left alone for a while."""
    history = replace(PAST, repaired_at={(Target.TIMELINE, 5): AT - 899.0})
    assert reasons(history=history) == {
        Guard.COOL_DOWN: "timeline 5 was last repaired, or a repair of it undone, at "
        "2025-11-23 08:45:01 UTC: it is left alone until 2025-11-23 09:00:01 UTC "
        "(--repair.cool-down)"
    }


@pytest.mark.parametrize(
    "repaired",
    [
        pytest.param({(Target.TIMELINE, 5): AT - 900.0}, id="cooled down"),
        pytest.param({(Target.TIMELINE, 6): AT}, id="another timeline"),
        pytest.param({(Target.ANALYSIS, 5): AT}, id="an analysis"),
    ],
)
def test_no_cool_down(repaired: dict[tuple[Target, int], float]) -> None:
    """The cool-down is of the very target, and ends."""
    assert reasons(history=replace(PAST, repaired_at=repaired)) == {}


def test_protected_sketch() -> None:
    """A sketch that is protected by its id is left alone, another is not."""
    assert reasons(rules=replace(ENFORCE, protected_sketches=frozenset({1}))) == {
        Guard.PROTECTED: "sketch 1 is protected (--repair.protected-sketches)"
    }
    assert reasons(rules=replace(ENFORCE, protected_sketches=frozenset({2}))) == {}


PROTECTED_LABELS = replace(ENFORCE, protected_labels=frozenset({"court", "audit"}))


def test_protected_label() -> None:
    """A sketch that is protected by a label is left alone, and the label is named."""
    labels = {1: frozenset({"court", "audit", "x"}), 2: frozenset[str]()}
    assert reasons(replace(QUIET, labels=labels), rules=PROTECTED_LABELS) == {
        Guard.PROTECTED: "sketch 1 is protected by its label audit (--repair.protected-labels)"
    }


def test_unprotected_labels() -> None:
    """Other labels protect nothing."""
    labels = {1: frozenset({"x"}), 2: frozenset({"court"})}
    assert reasons(replace(QUIET, labels=labels), rules=PROTECTED_LABELS) == {}


@pytest.mark.parametrize("sketch_id", [1, None])
def test_no_labels(sketch_id: int | None) -> None:
    """A sketch without labels is protected by none."""
    scan = replace(QUIET, labels={2: frozenset({"court"})})
    assert decide(repair(sketch_id=sketch_id), scan, PAST, PROTECTED_LABELS) == Decision()


def test_all_that_refuse_are_told() -> None:
    """An operator learns everything that stands in the way at once, in a fixed order."""
    history = History(
        now=AT,
        pause=PAUSE,
        granted_at=(AT, AT),
        repaired_at={(Target.TIMELINE, 5): AT},
        orphaned_at=STORM_FOUND,
    )
    rules = replace(ENFORCE, mode=Mode.OFF, protected_sketches=frozenset({1}))
    decision = decide(repair(), replace(STORM, complete=False), history, rules)
    assert [refusal.guard for refusal in decision.refusals] == [
        Guard.MODE,
        Guard.PAUSE,
        Guard.INCOMPLETE,
        Guard.BRAKE,
        Guard.BUDGET,
        Guard.COOL_DOWN,
        Guard.PROTECTED,
    ]
    assert decision.storm


@pytest.mark.parametrize("mode", [Mode.ENFORCE, Mode.DRY_RUN])
def test_an_undo_is_not_held_up(mode: Mode) -> None:
    """Neither pause, storm, budget nor anything else refuses what puts former rows back."""
    history = History(now=AT, pause=PAUSE, granted_at=(AT, AT), orphaned_at=STORM_FOUND)
    rules = replace(ENFORCE, mode=mode, protected_sketches=frozenset({1}))
    decision = decide(repair(undoes="r0"), replace(STORM, complete=False), history, rules)
    assert decision == Decision()


def test_nothing_is_undone_in_the_mode_off() -> None:
    """Where repairs are off nothing is written at all."""
    off = replace(ENFORCE, mode=Mode.OFF)
    decision = decide(repair(undoes="r0"), QUIET, PAST, off)
    assert decision == decide(repair(), QUIET, PAST, off)
    assert not decision.granted


def test_standing_when_all_is_quiet() -> None:
    """Nothing is paused or braked, and the budget is whole."""
    assert standing(QUIET, PAST, ENFORCE) == Standing(
        mode=Mode.ENFORCE,
        paused=None,
        brake_engaged=False,
        brake_until=None,
        budget_remaining=2,
        budget_free_at=None,
    )


def test_standing_in_a_storm() -> None:
    """Pause, brake and budget are told with their ends."""
    history = History(now=AT, pause=PAUSE, granted_at=(AT - 100.0, AT), orphaned_at=STORM_FOUND)
    assert standing(STORM, history, replace(ENFORCE, mode=Mode.OFF)) == Standing(
        mode=Mode.OFF,
        paused=PAUSE,
        brake_engaged=True,
        brake_until=AT + 1800.0,
        budget_remaining=0,
        budget_free_at=AT + 3500.0,
    )


def test_standing_before_the_first_scan() -> None:
    """The brake holds across a restart, before any scan."""
    history = replace(PAST, brake=Brake(engaged_at=AT - 800.0), granted_at=(AT,))
    assert standing(None, history, ENFORCE) == Standing(
        mode=Mode.ENFORCE,
        paused=None,
        brake_engaged=True,
        brake_until=AT + 1000.0,
        budget_remaining=1,
        budget_free_at=None,
    )
