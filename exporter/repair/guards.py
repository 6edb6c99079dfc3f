"""The guards: each may refuse a repair, in a line that says what lifts it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair import budget
from exporter.repair.brake import blocks_until, storm
from exporter.repair.guarding import Decision, GuardRules, Mode, Situation, Standing
from exporter.repair.moments import moment
from exporter.repair.records import Guard, Refusal

if TYPE_CHECKING:
    from exporter.repair.changes import Repair
    from exporter.repair.records import History, Pause

__all__ = ["Decision", "GuardRules", "Mode", "Situation", "Standing", "decide", "standing"]


def decide(repair: Repair, situation: Situation, history: History, rules: GuardRules) -> Decision:
    """Every guard that refuses this repair now, by the journal's clock.

    The mode dry-run is no refusal: it says so where no other guard stands in the way. An undo is
    refused by the mode off alone, and written in the mode dry-run: nothing is to hold up what puts
    former rows back.
    """
    if repair.undoes is not None:
        off = _mode(rules)
        return Decision(() if off is None else (Refusal(Guard.MODE, off),))
    answers = {
        Guard.MODE: _mode(rules),
        Guard.PAUSE: _pause(history.pause),
        Guard.INCOMPLETE: _incomplete(situation),
        Guard.BRAKE: _brake(situation, history, rules),
        Guard.BUDGET: _budget(history, rules),
        Guard.COOL_DOWN: _cool_down(repair, history, rules),
        Guard.PROTECTED: _protected(repair, situation, rules),
    }
    refusals = tuple(Refusal(guard, reason) for guard, reason in answers.items() if reason)
    return Decision(
        refusals,
        storm=storm(situation, history, rules) is not None,
        dry_run=rules.mode is Mode.DRY_RUN and not refusals,
    )


def standing(situation: Situation | None, history: History, rules: GuardRules) -> Standing:
    """How the guards stand now; `situation` is None until there was a scan."""
    until = blocks_until(situation, history, rules)
    left = budget.remaining(history.granted_at, history.now, rules.budget)
    free = None if left else budget.free_at(history.granted_at, history.now, rules.budget)
    return Standing(
        mode=rules.mode,
        paused=history.pause,
        brake_engaged=until is not None,
        brake_until=until,
        budget_remaining=left,
        budget_free_at=free,
    )


def _mode(rules: GuardRules) -> str | None:
    if rules.mode is not Mode.OFF:
        return None
    return "repairs are switched off: start with --repair.mode=enforce to have them (or dry-run)"


def _pause(pause: Pause | None) -> str | None:
    if pause is None:
        return None
    return (
        f"paused by {pause.actor} at {moment(pause.at)} ({pause.reason}): "
        "`timesketch-exporter resume` ends the pause"
    )


def _incomplete(situation: Situation) -> str | None:
    if situation.complete:
        return None
    why = "; ".join(situation.incomplete_because) or "no reason was given"
    return f"the scan was incomplete ({why}): ask again once a scan is complete"


def _brake(situation: Situation, history: History, rules: GuardRules) -> str | None:
    until = blocks_until(situation, history, rules)
    if until is None:
        return None
    now = storm(situation, history, rules)
    why = (
        f"{now.orphaned} of {now.processing} processing timelines were found orphaned within "
        f"{rules.brake_window:g} s"
        if now
        else "many timelines were found orphaned at once"
    )
    return (
        f"{why}, so the detector or the broker is suspect: the storm brake holds until "
        f"{moment(until)} at least, and `timesketch-exporter resume brake` releases it"
    )


def _budget(history: History, rules: GuardRules) -> str | None:
    if budget.remaining(history.granted_at, history.now, rules.budget):
        return None
    free = budget.free_at(history.granted_at, history.now, rules.budget)
    then = "it allows none" if free is None else f"the next is free at {moment(free)}"
    return f"the budget of {rules.budget} repairs an hour is spent: {then} (--repair.budget)"


def _cool_down(repair: Repair, history: History, rules: GuardRules) -> str | None:
    repaired = history.repaired_at.get(repair.key)
    if repaired is None or history.now - repaired >= rules.cool_down:
        return None
    return (
        f"{repair.target} {repair.target_id} was last repaired, or a repair of it undone, at "
        f"{moment(repaired)}: it is left alone until {moment(repaired + rules.cool_down)} "
        "(--repair.cool-down)"
    )


def _protected(repair: Repair, situation: Situation, rules: GuardRules) -> str | None:
    sketch = repair.sketch_id
    if sketch in rules.protected_sketches:
        return f"sketch {sketch} is protected (--repair.protected-sketches)"
    labels = frozenset() if sketch is None else situation.labels.get(sketch, frozenset())
    found = sorted(labels & rules.protected_labels)
    if not found:
        return None
    return f"sketch {sketch} is protected by its label {found[0]} (--repair.protected-labels)"
