"""When each task was certainly alive and from when on it was certainly gone. Pure.

Nothing comes back from nowhere: whoever is seen later was alive all the time before. So all that
has to be known of a task is the last moment at which it was seen anywhere, and the first look at
which it was not there any more.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from tests.chaos.record import Begun, Death, Ended, Held, InBroker, Target, Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Span:
    """Alive until `alive_until` for certain, gone from `gone_from` on for certain."""

    alive_until: float
    gone_from: float

    def and_(self, other: Span) -> Span:
        """What is true where either would do."""
        return Span(max(self.alive_until, other.alive_until), max(self.gone_from, other.gone_from))


NEVER = Span(-inf, -inf)


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of everything that rows wait for."""

    works: Mapping[Target, Sequence[Work]]
    tasks: Mapping[str, Span]
    runs: Mapping[str, Sequence[tuple[float, float]]]

    def span(self, target: Target, by: float) -> Span:
        """How long what was committed by then lived."""
        span = NEVER
        for work in self.works.get(target, ()):
            if work.committed <= by:
                span = span.and_(Span(work.sent, work.sent))
                for task_id in work.task_ids:
                    span = span.and_(self.tasks.get(task_id, NEVER))
        return span

    def neighbours_gone_from(self, target: Target, by: float) -> float:
        """From when on everything was gone that worked on the same search index."""
        indexes = {work.index for work in self.works.get(target, ())}
        return max(
            (
                self.span(other, by).gone_from
                for other, works in self.works.items()
                if not indexes.isdisjoint(work.index for work in works)
            ),
            default=-inf,
        )

    def outlived(self, target: Target, at: float, *, by: float) -> float:
        """For how long after `at` a task that it waited for `by` then certainly lived; 0 if not."""
        return max(0.0, self.span(target, by).alive_until - at)

    def ran(self, target: Target, at: float, *, slack: float) -> bool:
        """Whether a task of it may have been running at this moment."""
        return any(
            begun - slack <= at <= gone + slack
            for work in self.works.get(target, ())
            for task_id in work.task_ids
            for begun, gone in self.runs.get(task_id, ())
        )


def find_out(
    records: Iterable[Begun | Ended | Held],
    deaths: Iterable[Death],
    in_broker: Iterable[InBroker],
    works: Iterable[Work],
    *,
    now: float,
) -> Truth:
    """The truth about a run that was recorded until `now`."""
    ordered = sorted(records, key=lambda each: each.at)
    died = {death.pid: death for death in deaths}
    spans: dict[str, Span] = defaultdict(lambda: NEVER)
    runs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for task_id, begun, span in _runs(ordered, died, now):
        spans[task_id] = spans[task_id].and_(span)
        runs[task_id].append((begun, span.gone_from))
    for task_id, span in _hands(ordered, died, now):
        spans[task_id] = spans[task_id].and_(span)
    for seen in in_broker:
        spans[seen.task_id] = spans[seen.task_id].and_(Span(seen.alive_at, seen.gone_at))
    by_target: dict[Target, list[Work]] = defaultdict(list)
    for work in works:
        by_target[work.target].append(work)
    return Truth(by_target, spans, runs)


def _until(pid: int, died: Mapping[int, Death], now: float) -> Span:
    """How long a process lived."""
    death = died.get(pid)
    return Span(now, inf) if death is None else Span(death.alive_at, death.gone_at)


def _runs(
    records: Sequence[Begun | Ended | Held], died: Mapping[int, Death], now: float
) -> Iterable[tuple[str, float, Span]]:
    """Every run of a task in a process: until it was through, or the process was killed."""
    running: dict[tuple[int, str], Begun] = {}
    for record in records:
        if isinstance(record, Begun):
            running[record.pid, record.task_id] = record
        elif isinstance(record, Ended):
            begun = running.pop((record.pid, record.task_id), None)
            if begun is not None:
                yield record.task_id, begun.at, Span(record.at, record.at)
    for (pid, task_id), begun in running.items():
        span = _until(pid, died, now)
        yield task_id, begun.at, Span(max(begun.at, span.alive_until), span.gone_from)


def _hands(
    records: Sequence[Begun | Ended | Held], died: Mapping[int, Death], now: float
) -> Iterable[tuple[str, Span]]:
    """Every stay of a task in a worker's hands: until it is begun there, dropped, or both died.

    Once it is begun, it lives as long as the process that runs it. But while its worker still lists
    it, nobody can know that it is gone: Celery finds out seconds later that a child was killed, and
    never that a `solo` worker could not store how its task ended.
    """
    hands: dict[int, dict[str, bool]] = defaultdict(dict)
    begun_at: dict[tuple[int, str], float] = {}
    for record in records:
        if isinstance(record, Begun):
            begun_at[record.worker, record.task_id] = record.at
            if record.task_id in hands[record.worker]:
                hands[record.worker][record.task_id] = True
                yield record.task_id, Span(record.at, record.at)
        elif isinstance(record, Held):
            yield from _change_hands(record, hands[record.pid], begun_at)
    for pid, had in hands.items():
        for task_id, begun in had.items():
            span = _until(pid, died, now)
            yield task_id, Span(-inf if begun else span.alive_until, span.gone_from)


def _change_hands(
    record: Held, had: dict[str, bool], begun_at: Mapping[tuple[int, str], float]
) -> Iterable[tuple[str, Span]]:
    """What a look at a worker says of its tasks; `had` tells of each whether it is begun."""
    for task_id in had.keys() - record.task_ids:
        begun = had.pop(task_id)
        yield task_id, Span(-inf if begun else record.before, record.at)
    for task_id in record.task_ids - had.keys():
        had[task_id] = begun_at.get((record.pid, task_id), -inf) >= record.before
        if not had[task_id]:
            yield task_id, Span(record.at, record.at)
