"""Scans with a fresh memory, repeated until the verdicts are as sure as they will get."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exporter.errors import DatabaseUnreachableError
from exporter.judge import Memory, judge
from exporter.snapshot import JudgedTimeline, Source, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from exporter.judge import Rules
    from exporter.snapshot import JudgedAnalysis, Judgement, Snapshot

    Judged = JudgedTimeline | JudgedAnalysis


@dataclass(frozen=True, slots=True)
class Pass:
    """One scan of several. `waiting_for` says why another follows; None for the last one."""

    judgement: Judgement
    waiting_for: str | None


def passes(
    observe: Callable[[Collection[str]], Snapshot],
    rules: Rules,
    *,
    interval: float,
    concerns: Callable[[Judged], bool] = lambda _judged: True,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Pass]:
    """Scan until no verdict that `concerns` the asker can change by waiting a little longer.

    Raises `DatabaseUnreachableError` if the database cannot be read: then there is nothing to
    tell.
    """
    pause = min(interval, rules.confirm_after / 3)
    doubts = Doubts(
        grace=rules.grace,
        patience=rules.confirm_after + 2 * pause,
        quiet=rules.quiet_after,
        started=monotonic(),
    )
    for judgement in looks(observe, rules):
        waiting_for = doubts.waiting_for(judgement, concerns, monotonic())
        yield Pass(judgement, waiting_for)
        if waiting_for is None:
            return
        sleep(pause)


def looks(observe: Callable[[Collection[str]], Snapshot], rules: Rules) -> Iterator[Judgement]:
    """Scan whenever the next one is asked for, each judgement with the memory of those before.

    Raises `DatabaseUnreachableError` as `passes` does.
    """
    memory = Memory.empty()
    while True:
        snapshot = observe(memory.task_ids)
        _require_database(snapshot)
        judgement, memory = judge(snapshot, memory, rules)
        yield judgement


@dataclass(slots=True)
class Doubts:
    """Decides whether another scan is worth its time; all in seconds of one monotonic clock.

    `patience` is what a proof takes at most: the time between the two scans that it needs, and
    two pauses. A suspect is waited for that long, unless its status stays younger than `grace`;
    and for the time that OpenSearch must stay `quiet` besides.
    """

    grace: float
    patience: float
    started: float
    quiet: float = 0.0
    since: dict[tuple[str, int], float] = field(default_factory=dict)

    def waiting_for(
        self, judgement: Judgement, concerns: Callable[[Judged], bool], now: float
    ) -> str | None:
        """What another scan may still bring, in words; None when nothing."""
        doubted = {_key(judged): judged for judged in suspects(judgement) if concerns(judged)}
        self.since = {key: self.since.get(key, now) for key in doubted}
        unsure = any(
            judged.verdict is Verdict.UNKNOWN and concerns(judged)
            for judged in everything(judgement)
        )
        if unsure and now - self.started < self.patience:
            return f"complete evidence ({'; '.join(judgement.incomplete_because)})"
        waited_for = [judged for judged in doubted.values() if self._can_be_proven(judged, now)]
        if not waited_for:
            return None
        return f"proof: {count(len(waited_for))} nowhere to be found, looking again"

    def _can_be_proven(self, judged: Judged, now: float) -> bool:
        since = self.since[_key(judged)]
        matures = now + self.grace - status_age(judged)
        return (
            since <= self.started + self.patience
            and matures <= self.started + self.patience
            and now < max(since, matures) + self.patience + self.quiet
        )


def count(number: int) -> str:
    """So many timelines or analyses, in words."""
    return "1 task is" if number == 1 else f"{number} tasks are"


def status_age(judged: Judged) -> float:
    """Seconds since the judged status was set, by the database's clock."""
    if isinstance(judged, JudgedTimeline):
        return judged.timeline.status_age
    return judged.analysis.status_age


def suspects(judgement: Judgement) -> list[Judged]:
    """Everything whose task is nowhere to be found, without proof so far."""
    return [judged for judged in everything(judgement) if judged.verdict is Verdict.SUSPECT]


def everything(judgement: Judgement) -> list[Judged]:
    """All that was judged: timelines, then analyses."""
    return [*judgement.timelines, *judgement.analyses]


def _key(judged: Judged) -> tuple[str, int]:
    if isinstance(judged, JudgedTimeline):
        return ("timeline", judged.timeline.timeline_id)
    return ("analysis", judged.analysis.analysis_id)


def _require_database(snapshot: Snapshot) -> None:
    if snapshot.before is not None:
        return
    errors = [health.error for health in snapshot.sources if health.source is Source.DATABASE]
    raise DatabaseUnreachableError(next(filter(None, errors), "the database cannot be read"))
