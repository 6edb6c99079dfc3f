"""Having tasks terminated, and scanning until they are proven gone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from exporter.errors import DatabaseUnreachableError, ExporterError, RevokeUnprovenError
from exporter.repair.plan import NotPlanned
from exporter.repair.revoke import Elsewhere, Gone, Over, Waiting, progress_of, revocation_of
from exporter.repair.rows import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from exporter.repair.revoke import Revocation
    from exporter.snapshot import JudgedTimeline, Judgement


@dataclass(frozen=True, slots=True)
class Way:
    """What the last scan says of the timelines (by id) whose tasks were to be terminated.

    Those in `gone` can be repaired by `judgement`; `not_planned` need not or may not be; `problem`
    tells of those whose tasks are not proven gone, if there are any.
    """

    judgement: Judgement
    gone: frozenset[int]
    not_planned: tuple[NotPlanned, ...]
    problem: ExporterError | None


@dataclass(slots=True)
class Clearing:
    """Terminates the tasks of each order, and waits `timeout` seconds at most; call it once.

    `refused` says which of them may not be repaired afterwards, by id with the reason: none of
    these is touched. `terminate` takes an order down and then sends it to the worker in it.
    """

    orders: Mapping[int, Revocation]
    refused: Callable[[Judgement, Mapping[int, Revocation]], Mapping[int, str]]
    terminate: Callable[[Revocation], None]
    timeout: float
    pause: float
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _told: dict[int, set[str]] = field(default_factory=dict)
    _over: dict[int, str] = field(default_factory=dict)
    _failed: dict[int, ExporterError] = field(default_factory=dict)

    def run(self, looks: Iterator[Judgement]) -> Way:
        """Go by these scans.

        Raises what `terminate` raises if nothing was terminated, and RevokeUnprovenError if the
        database is lost after something was.
        """
        judgement = next(looks)
        for order in self._due(judgement):
            self._terminate(order)
        if not self._told:
            for error in self._failed.values():
                raise error
        deadline = self.monotonic() + self.timeout
        gone: frozenset[int] = frozenset()
        waiting: dict[int, str] = {}
        try:
            while self._told:
                judgement = next(looks)
                gone, waiting = self._look(judgement)
                if not waiting and (judgement.complete or not gone):
                    break
                if self.monotonic() >= deadline:
                    break
                self.sleep(self.pause)
        except DatabaseUnreachableError as error:
            message = f"{self._what_was_told()}, and nobody can see what became of that: {error}"
            raise RevokeUnprovenError(message) from error
        over = tuple(NotPlanned(Target.TIMELINE, each, why) for each, why in self._over.items())
        return Way(judgement, gone, over, self._problem(waiting))

    def _due(self, judgement: Judgement) -> list[Revocation]:
        """The orders that still stand by a scan right before they are given."""
        due: dict[int, Revocation] = {}
        for number, order in self.orders.items():
            judged = _find(judgement, number)
            progress = progress_of(order, judged, ())
            if judged is None or isinstance(progress, Over):
                why = progress.reason if isinstance(progress, Over) else ""
                self._over[number] = f"nothing was terminated: {why}"
                continue
            now = revocation_of(judged, judgement.workers)
            if isinstance(now, str):
                self._over[number] = f"nothing was terminated: {now}"
            else:
                due[number] = replace(order, worker=now.worker)
        for number, why in self.refused(judgement, due).items():
            self._over[number] = f"nothing was terminated: {why}"
            del due[number]
        return list(due.values())

    def _terminate(self, order: Revocation) -> None:
        number = order.timeline_id
        try:
            self.terminate(order)
        except ExporterError as error:
            self._failed[number] = error
        else:
            self._told.setdefault(number, set()).add(order.worker)

    def _look(self, judgement: Judgement) -> tuple[frozenset[int], dict[int, str]]:
        gone, waiting = set(), {}
        for number in self._told:
            if number in self._over:
                continue
            order = self.orders[number]
            match progress_of(order, _find(judgement, number), self._told[number]):
                case Gone():
                    gone.add(number)
                case Over(reason):
                    self._over[number] = reason
                case Elsewhere(worker):
                    waiting[number] = f"{worker} runs it"
                    if number not in self._failed:
                        self._terminate(replace(order, worker=worker))
                case Waiting(why):
                    waiting[number] = why
        return frozenset(gone), waiting

    def _problem(self, waiting: Mapping[int, str]) -> ExporterError | None:
        lines = [
            f"timeline {number}: {', '.join(sorted(self._told[number]))} was told to terminate "
            f"task {', '.join(self.orders[number].task_ids)}, and after {self.timeout:g} s {why}; "
            f"nothing was written: repair it once it is orphaned"
            for number, why in waiting.items()
        ]
        lines += [f"timeline {number}: {error}" for number, error in self._failed.items()]
        return RevokeUnprovenError("\n".join(lines)) if lines else None

    def _what_was_told(self) -> str:
        told = [
            f"{', '.join(sorted(workers))} was told to terminate the task of timeline {number}"
            for number, workers in self._told.items()
        ]
        return "; ".join(told)


def _find(judgement: Judgement, timeline_id: int) -> JudgedTimeline | None:
    return next(
        (each for each in judgement.timelines if each.timeline.timeline_id == timeline_id), None
    )
