"""Passes are made as long as waiting can change a verdict, and no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.commands.passes import Doubts, passes
from exporter.errors import DatabaseUnreachableError
from exporter.judge import Rules
from exporter.snapshot import (
    BrokerReading,
    DatabaseReading,
    HeartbeatReading,
    ProcessingTimeline,
    Snapshot,
    Source,
    SourceHealth,
    Verdict,
    Wanted,
    WorkersReading,
)
from tests.judgements import analysis, judgement, timeline

if TYPE_CHECKING:
    from collections.abc import Collection

    from exporter.commands.passes import Judged

RULES = Rules(grace=60.0, confirm_after=15.0)


def anything(_judged: Judged) -> bool:
    """Everything concerns the asker."""
    return True


def doubts() -> Doubts:
    """Doubts of a scan that began at 0 and may take 25 s: 15 s and two pauses of 5 s."""
    return Doubts(grace=60.0, patience=25.0, started=0.0)


def test_stops_when_nothing_is_suspect() -> None:
    """A complete scan without suspects is the last one."""
    assert doubts().waiting_for(judgement(timeline(1, Verdict.RUNNING)), anything, 0.0) is None


def test_waits_for_the_proof_of_a_suspect() -> None:
    """A suspect that is old enough is waited for until the proof must have come."""
    made, suspect = doubts(), judgement(timeline(1, Verdict.SUSPECT))
    assert made.waiting_for(suspect, anything, 0.0) == (
        "proof: 1 task is nowhere to be found, looking again"
    )
    assert made.waiting_for(suspect, anything, 24.9) is not None
    assert made.waiting_for(suspect, anything, 25.0) is None


def test_silence_in_opensearch_is_waited_for_besides() -> None:
    """Where OpenSearch must stay quiet for a minute, a proof takes that minute more."""
    made, suspect = doubts(), judgement(timeline(1, Verdict.SUSPECT))
    made.quiet = 60.0
    assert made.waiting_for(suspect, anything, 0.0) is not None
    assert made.waiting_for(suspect, anything, 84.9) is not None
    assert made.waiting_for(suspect, anything, 85.0) is None


def test_suspect_that_turns_up_late_gets_its_time() -> None:
    """The time for a proof counts from when the suspect was first seen."""
    made, suspect = doubts(), judgement(timeline(1, Verdict.SUSPECT))
    assert made.waiting_for(judgement(timeline(2, Verdict.SUSPECT)), anything, 0.0) is not None
    assert made.waiting_for(suspect, anything, 20.0) is not None
    assert made.waiting_for(suspect, anything, 44.9) is not None
    assert made.waiting_for(suspect, anything, 45.0) is None


def test_ever_new_suspects_do_not_keep_it_for_ever() -> None:
    """A suspect that comes after the time is up is not waited for."""
    assert doubts().waiting_for(judgement(timeline(9, Verdict.SUSPECT)), anything, 25.1) is None


def test_too_young_suspect_is_not_waited_for() -> None:
    """A suspect that stays within the grace period whatever happens is left as it is."""
    young = judgement(timeline(1, Verdict.SUSPECT, age=10.0))
    assert doubts().waiting_for(young, anything, 0.0) is None


def test_suspect_that_soon_leaves_the_grace_period_is_waited_for() -> None:
    """A suspect that grows old enough meanwhile is waited for, from then on."""
    made, soon = doubts(), judgement(timeline(1, Verdict.SUSPECT, age=50.0))
    assert made.waiting_for(soon, anything, 0.0) is not None


def test_only_what_concerns_the_asker_is_waited_for() -> None:
    """Suspects of other sketches do not cost time; analyses count like timelines."""
    others = judgement(timeline(1, Verdict.SUSPECT), analyses=(analysis(1, Verdict.SUSPECT),))
    assert doubts().waiting_for(others, lambda _judged: False, 0.0) is None
    only_analysis = judgement(analyses=(analysis(1, Verdict.SUSPECT),))
    assert doubts().waiting_for(only_analysis, anything, 0.0) is not None


def test_waits_for_complete_evidence_only_so_long() -> None:
    """Incomplete evidence is tried again until the time for a proof is over."""
    made = doubts()
    incomplete = judgement(timeline(1, Verdict.UNKNOWN), incomplete_because=("w2 is silent",))
    assert made.waiting_for(incomplete, anything, 0.0) == "complete evidence (w2 is silent)"
    assert made.waiting_for(incomplete, anything, 25.0) is None


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The present tick."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def scan_at(now: float, *, database: bool = True) -> Snapshot:
    """A complete scan of one lost timeline at that tick; or one without the database."""
    lost = ProcessingTimeline(1, 1, "disk", "abc", status_id=1, status_age=600.0 + now)
    reading = DatabaseReading(timelines=(lost,), statuses={"processing": 1}) if database else None
    return Snapshot(
        at=1_000_000.0 + now,
        tick=now,
        seconds=0.01,
        before=Wanted(timeline_ids=frozenset({1})) if database else None,
        broker=BrokerReading(),
        workers=WorkersReading(receivers=0, consumers=()),
        heartbeats=HeartbeatReading(listening_since_tick=-100.0),
        results={},
        after=reading,
        sources=tuple(
            SourceHealth(source, up=database, seconds=0.0, error=None if database else "it is away")
            for source in Source
        ),
    )


def test_lost_timeline_is_proven() -> None:
    """With the real judge, passes end as soon as the lost timeline is orphaned."""
    clock = Clock()

    def observe(_task_ids: Collection[str]) -> Snapshot:
        return scan_at(clock.now)

    made = list(passes(observe, RULES, interval=5.0, monotonic=clock, sleep=clock.sleep))
    verdicts = [each.judgement.timelines[0].verdict for each in made]
    assert verdicts == [Verdict.SUSPECT, Verdict.SUSPECT, Verdict.SUSPECT, Verdict.ORPHANED]
    assert clock.now == 15.0


def test_database_that_is_away_is_an_error() -> None:
    """Without the database there is nothing to tell but its error."""
    clock = Clock()
    made = passes(
        lambda _task_ids: scan_at(0.0, database=False),
        RULES,
        interval=5.0,
        monotonic=clock,
        sleep=clock.sleep,
    )
    with pytest.raises(DatabaseUnreachableError, match="it is away"):
        next(made)
