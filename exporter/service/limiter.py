"""Holds imports to their limits: has a task that is over its limit terminated, and repairs then.

A thread of its own, since a terminated task is waited for until scans prove it gone.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from exporter.errors import ExporterError, NoScanError
from exporter.repair.choice import Choice
from exporter.repair.clearing import Clearing
from exporter.repair.performing import perform
from exporter.repair.records import Origin
from exporter.repair.revoke import Revocation, revocation_of
from exporter.repair.rows import Target
from exporter.repair.why_not import why_not
from exporter.service.loop import Loop, Looping

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from contextlib import AbstractContextManager

    from exporter.repair.clearing import Way
    from exporter.service.repairing import Workshop
    from exporter.snapshot import JudgedTimeline, Judgement

    _Key = tuple[int, int, tuple[str, ...]]

ORIGIN = Origin(actor="limits", trigger="limits")

RETRY_ROUNDS = 12
"""For so many rounds a task is left alone after an attempt to end it, whatever became of that."""

_FRESH_SCAN_WITHIN = 30.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How a terminated task is waited for: at most `timeout`, a scan each `pause` (seconds)."""

    timeout: float
    pause: float


class Limiter(Looping):
    """Ends what is overdue until stopped, whatever becomes of any of it.

    `judgement` is what the last scan says, `fresh` makes one (None after so many seconds without),
    `terminate` sends an order to its worker.
    """

    def __init__(
        self,
        workshop: Callable[[], AbstractContextManager[Workshop]],
        judgement: Callable[[], Judgement | None],
        fresh: Callable[[float], Judgement | None],
        terminate: Callable[[Revocation], None],
        *,
        patience: Patience,
        interval: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workshop = workshop
        self._judgement = judgement
        self._fresh = fresh
        self._terminate = terminate
        self._patience = patience
        self._monotonic = monotonic
        self._retry = RETRY_ROUNDS * interval
        self._tried: dict[_Key, float] = {}
        self._told: dict[_Key, str] = {}
        self._reported: str | None = None
        self._loop = Loop("holding limits", self.hold, interval=interval, monotonic=monotonic)

    def hold(self) -> None:
        """One round; what cannot be done now is tried again."""
        due = self._due(self._judgement())
        if not due:
            return
        problem: ExporterError | None
        try:
            with self._workshop() as workshop:
                problem = self._round(workshop, due)
        except ExporterError as error:
            problem = error
        if problem is not None and str(problem) != self._reported:
            _log.warning("limits not held", extra={"error": str(problem)})
        self._reported = None if problem is None else str(problem)

    def _due(self, judgement: Judgement | None) -> set[_Key]:
        """What is overdue and was not tried just now; what is no longer overdue is forgotten."""
        overdue = {_key(judged) for judged in _overdue(judgement)}
        now = self._monotonic()
        self._tried = {key: at for key, at in self._tried.items() if key in overdue}
        self._told = {key: why for key, why in self._told.items() if key in overdue}
        return {key for key in overdue if now - self._tried.get(key, -inf) >= self._retry}

    def _round(self, workshop: Workshop, due: Collection[_Key]) -> ExporterError | None:
        """Try what is due; what could not be proven gone in time is a problem."""
        judgement = self._look()
        found = {_key(judged): judged for judged in _overdue(judgement) if _key(judged) in due}
        self._tried |= dict.fromkeys(found, self._monotonic())
        orders: dict[int, Revocation] = {}
        for key, judged in found.items():
            order = revocation_of(judged, judgement.workers)
            if isinstance(order, Revocation):
                orders[order.timeline_id] = order
            elif self._is_news(key, order):
                _log.warning(
                    "overdue task left alone", extra={"timeline_id": key[0], "because": order}
                )
        meant = self._granted(workshop, judgement, orders, {key[0]: key for key in found})
        if not meant:
            return None
        way = self._end(workshop, meant)
        for each in way.not_planned:
            extra = {"timeline_id": each.target_id, "because": each.reason}
            _log.info("overdue task left alone", extra=extra)
        return way.problem

    def _granted(
        self,
        workshop: Workshop,
        judgement: Judgement,
        orders: Mapping[int, Revocation],
        keys: Mapping[int, _Key],
    ) -> dict[int, Revocation]:
        """The orders after which the guards let a repair through; the others are journalled once.

        A dry run is one of those: it terminates nothing.
        """
        if not orders:
            return {}
        foreseen = workshop.engine.foresee(judgement, Choice(tuple(orders)).wants, orders)
        granted = {}
        for repair in foreseen.plan.repairs:
            decision = foreseen.decisions[repair.repair_id]
            if repair.target is not Target.TIMELINE or repair.target_id not in orders:
                continue
            if decision.granted:
                granted[repair.target_id] = orders[repair.target_id]
                continue
            guards = ", ".join(sorted(each.guard for each in decision.refusals)) or "dry-run"
            if self._is_news(keys[repair.target_id], guards):
                workshop.engine.foretell(repair, decision, ORIGIN)
        return granted

    def _end(self, workshop: Workshop, orders: Mapping[int, Revocation]) -> Way:
        """Have these tasks terminated, and repair what is proven gone."""

        def order(revocation: Revocation) -> None:
            workshop.journal.revoke(
                revocation.timeline_id, revocation.task_ids, ORIGIN, worker=revocation.worker
            )
            self._terminate(revocation)

        clearing = Clearing(
            orders=orders,
            refused=lambda judgement, due: why_not(workshop.engine, judgement, due),
            terminate=order,
            timeout=self._patience.timeout,
            pause=self._patience.pause,
        )
        way = clearing.run(self._looks())
        if way.gone:
            prepared = workshop.engine.prepare(way.judgement, Choice(tuple(way.gone)).wants)
            for repair in prepared.plan.repairs:
                perform(workshop.engine, prepared, repair, ORIGIN)
        return way

    def _is_news(self, key: _Key, why: str) -> bool:
        """Whether this was not said of the same task before."""
        before, self._told[key] = self._told.get(key), why
        return before != why

    def _looks(self) -> Iterator[Judgement]:
        while True:
            yield self._look()

    def _look(self) -> Judgement:
        judgement = None if self._loop.stopping else self._fresh(_FRESH_SCAN_WITHIN)
        if judgement is None:
            raise NoScanError("no scan was made in time")
        return judgement


def _overdue(judgement: Judgement | None) -> Iterator[JudgedTimeline]:
    if judgement is not None:
        yield from (judged for judged in judgement.timelines if judged.overdue)


def _key(judged: JudgedTimeline) -> _Key:
    return (judged.timeline.timeline_id, judged.timeline.status_id, judged.task_ids)
