"""The plans that were shown and wait to be confirmed: in memory, for a while, each for its author.

A plan is applied once, by whoever asked for it. Another operator, or the same one after a restart,
makes a plan of their own: it costs a scan.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exporter.errors import PlanSpentError, UnknownPlanError

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.choice import Choice
    from exporter.repair.engine import Prepared
    from exporter.repair.plan import NotPlanned
    from exporter.repair.records import Entry

LASTS_SECONDS = 600.0
"""How long a plan waits."""

MOST_PLANS = 50
"""Plans that are kept at once; the oldest gives way."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a plan.

    `changed` was shown and no longer is what it was, so nobody tried it. `problem` stopped the
    rest, of which `not_tried` were left.
    """

    entries: tuple[Entry, ...]
    changed: tuple[NotPlanned, ...] = ()
    problem: str | None = None
    not_tried: int = 0


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as it was shown. Times are Unix seconds. `result` is None until it is applied."""

    plan_id: str
    author: str
    choice: Choice
    prepared: Prepared
    made_at: float
    under_way: bool = False
    result: Result | None = None

    @property
    def expires_at(self) -> float:
        """When it is forgotten."""
        return self.made_at + LASTS_SECONDS

    @property
    def confirm(self) -> str:
        """What has to be typed to apply it: how many repairs it would write (or only try)."""
        decisions = self.prepared.decisions.values()
        dry = sum(decision.dry_run for decision in decisions)
        if dry:
            return f"dry-run {dry}"
        return f"repair {sum(decision.granted for decision in decisions)}"


class Plans:
    """Keeps plans. Safe for threads."""

    def __init__(self, new_id: Callable[[], str] = lambda: secrets.token_hex(8)) -> None:
        self._lock = threading.Lock()
        self._new_id = new_id
        self._plans: dict[str, KeptPlan] = {}

    def keep(self, author: str, choice: Choice, prepared: Prepared, *, now: float) -> KeptPlan:
        """Keep a new plan of this author's."""
        plan = KeptPlan(self._new_id(), author, choice, prepared, made_at=now)
        with self._lock:
            self._forget(now)
            while len(self._plans) >= MOST_PLANS:
                self._plans.pop(next(iter(self._plans)))
            self._plans[plan.plan_id] = plan
        return plan

    def look(self, plan_id: str, author: str, *, now: float) -> KeptPlan:
        """Return the author's plan, applied or not; raises UnknownPlanError."""
        with self._lock:
            return self._find(plan_id, author, now)

    def begin(self, plan_id: str, author: str, *, now: float) -> KeptPlan:
        """Take it to be applied, alone; raises UnknownPlanError or PlanSpentError."""
        with self._lock:
            plan = self._find(plan_id, author, now)
            if plan.under_way or plan.result is not None:
                raise PlanSpentError(f"plan {plan_id} was applied already: make a new one")
            return self._replace(replace(plan, under_way=True))

    def give_back(self, plan: KeptPlan) -> None:
        """Let it be applied after all: nothing was tried."""
        with self._lock:
            self._replace(replace(plan, under_way=False))

    def end(self, plan: KeptPlan, result: Result) -> None:
        """Remember what became of it, as long as it would have waited."""
        with self._lock:
            self._replace(replace(plan, result=result))

    def _find(self, plan_id: str, author: str, now: float) -> KeptPlan:
        plan = self._plans.get(plan_id)
        if plan is None or plan.author != author or now >= plan.expires_at:
            raise UnknownPlanError(
                f"there is no plan {plan_id} of yours: it was made more than "
                f"{LASTS_SECONDS / 60:g} min ago, or before a restart, or never; make a new one"
            )
        return plan

    def _replace(self, plan: KeptPlan) -> KeptPlan:
        self._plans[plan.plan_id] = plan
        return plan

    def _forget(self, now: float) -> None:
        self._plans = {
            plan_id: plan for plan_id, plan in self._plans.items() if now < plan.expires_at
        }
