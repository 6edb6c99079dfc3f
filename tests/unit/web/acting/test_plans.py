"""A plan waits for its author, for a while, and is applied once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from exporter.errors import PlanSpentError, UnknownPlanError
from exporter.repair.choice import Choice
from exporter.repair.engine import Prepared
from exporter.repair.guards import Decision, Situation
from exporter.repair.plan import Plan
from exporter.repair.records import Guard, Refusal
from exporter.web.acting.plans import LASTS_SECONDS, MOST_PLANS, KeptPlan, Plans, Result

NOW = 1_000.0
REFUSED = Decision((Refusal(Guard.PAUSE, "paused"),))


def prepared(*decisions: Decision) -> Prepared:
    """What the guards said of so many repairs."""
    by_id = {f"r{number}": decision for number, decision in enumerate(decisions)}
    return Prepared(Plan((), ()), Situation(complete=True), by_id)


def kept(plans: Plans, author: str = "olga", *, now: float = NOW) -> KeptPlan:
    """A plan of hers."""
    return plans.keep(author, Choice(), prepared(Decision()), now=now)


@pytest.mark.parametrize(
    ("decisions", "confirm"),
    [
        ((), "repair 0"),
        ((Decision(), REFUSED, Decision()), "repair 2"),
        ((REFUSED,), "repair 0"),
        ((Decision(dry_run=True), REFUSED), "dry-run 1"),
    ],
)
def test_what_has_to_be_typed(decisions: tuple[Decision, ...], confirm: str) -> None:
    """The number is that of the repairs that would be written, or tried in the mode dry-run."""
    plan = Plans().keep("olga", Choice(), prepared(*decisions), now=NOW)
    assert plan.confirm == confirm


def test_it_is_its_authors_for_a_while() -> None:
    """Nobody else finds it, nor does its author when it is too old."""
    plans = Plans()
    plan = kept(plans)
    assert plans.look(plan.plan_id, "olga", now=NOW + LASTS_SECONDS - 1) == plan
    for author, now in (("otto", NOW), ("olga", NOW + LASTS_SECONDS)):
        for ask in (plans.look, plans.begin):
            with pytest.raises(UnknownPlanError, match=r"no plan \w+ of yours: it was made more"):
                ask(plan.plan_id, author, now=now)
    with pytest.raises(UnknownPlanError):
        plans.look("none", "olga", now=NOW)


def test_it_is_applied_once() -> None:
    """Whoever begins has it alone; given back it can be begun again, ended it cannot."""
    plans = Plans()
    plan = kept(plans)
    begun = plans.begin(plan.plan_id, "olga", now=NOW)
    with pytest.raises(PlanSpentError, match="was applied already"):
        plans.begin(plan.plan_id, "olga", now=NOW)
    plans.give_back(begun)
    begun = plans.begin(plan.plan_id, "olga", now=NOW)
    plans.end(begun, Result(()))
    with pytest.raises(PlanSpentError):
        plans.begin(plan.plan_id, "olga", now=NOW)
    assert plans.look(plan.plan_id, "olga", now=NOW).result == Result(())


def test_of_many_at_once_one_begins() -> None:
    """Threads that begin the same plan are told apart."""
    plans = Plans()
    plan = kept(plans)

    def begin(_number: int) -> bool:
        try:
            plans.begin(plan.plan_id, "olga", now=NOW)
        except PlanSpentError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(begin, range(64))) == 1


def test_there_are_never_too_many() -> None:
    """The oldest gives way, and what is too old is forgotten before."""
    plans = Plans()
    first, second = kept(plans), kept(plans)
    for _ in range(MOST_PLANS - 1):
        kept(plans)
    with pytest.raises(UnknownPlanError):
        plans.look(first.plan_id, "olga", now=NOW)
    assert plans.look(second.plan_id, "olga", now=NOW) == second
    kept(plans, now=NOW + LASTS_SECONDS - 1)
    third = kept(plans, now=NOW + LASTS_SECONDS)
    for _ in range(MOST_PLANS - 2):
        kept(plans, now=NOW + LASTS_SECONDS)
    assert plans.look(third.plan_id, "olga", now=NOW + LASTS_SECONDS) == third
