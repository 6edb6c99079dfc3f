"""A task is terminated after one more look, and waited for until a scan proves it gone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from exporter.errors import (
    BrokerUnreachableError,
    DatabaseUnreachableError,
    ExporterError,
    JournalFullError,
    RevokeUnprovenError,
)
from exporter.repair.clearing import Clearing
from exporter.repair.revoke import Revocation
from exporter.snapshot import Verdict
from tests.judgements import AT, judgement, timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from exporter.repair.clearing import Way
    from exporter.snapshot import JudgedTimeline, Judgement

RUNNING, SUSPECT, ORPHANED = (
    timeline(5, verdict) for verdict in (Verdict.RUNNING, Verdict.SUSPECT, Verdict.ORPHANED)
)
ELSEWHERE = replace(RUNNING, worker="celery@w2")


@dataclass
class World:
    """Scans, of which the last one is repeated, a second after each other."""

    scans: list[Judgement | ExporterError]
    refused: dict[int, str] = field(default_factory=dict)
    broken: dict[str, ExporterError] = field(default_factory=dict)
    now: float = 0.0
    told: list[tuple[int, str]] = field(default_factory=list)

    def clear(self, *timelines: int) -> Way:
        """Have the tasks of these timelines (5 where none is named) terminated, for 10 seconds."""
        orders = {
            number: Revocation(number, "disk", (f"task-{number}",), "celery@w1", AT)
            for number in timelines or (5,)
        }
        clearing = Clearing(
            orders=orders,
            refused=self._refused,
            terminate=self._terminate,
            timeout=10.0,
            pause=1.0,
            monotonic=lambda: self.now,
            sleep=self._sleep,
        )
        return clearing.run(self._looks())

    def _refused(self, judgement: Judgement, orders: Mapping[int, Revocation]) -> Mapping[int, str]:
        assert judgement is self.scans[0]
        return {number: why for number, why in self.refused.items() if number in orders}

    def _terminate(self, order: Revocation) -> None:
        if order.worker in self.broken:
            raise self.broken[order.worker]
        self.told.append((order.timeline_id, order.worker))

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _looks(self) -> Iterator[Judgement]:
        number = 0
        while True:
            scan = self.scans[min(number, len(self.scans) - 1)]
            if isinstance(scan, ExporterError):
                raise scan
            yield scan
            number += 1


def world(*scans: JudgedTimeline) -> World:
    """Complete scans that find one timeline each."""
    return World([judgement(each) for each in scans])


def test_gone() -> None:
    """The worker is told once, and the last scan is what the repair rests on."""
    made = world(RUNNING, RUNNING, SUSPECT, ORPHANED)
    way = made.clear()
    assert made.told == [(5, "celery@w1")]
    assert (way.gone, way.not_planned, way.problem) == (frozenset({5}), (), None)
    assert way.judgement is made.scans[3]


def test_a_task_is_told_where_it_runs_by_now() -> None:
    """The look right before goes: the worker is the one that runs the task now."""
    made = world(ELSEWHERE, ORPHANED)
    assert made.clear().gone == {5}
    assert made.told == [(5, "celery@w2")]


def test_every_worker_that_turns_out_to_run_one_is_told() -> None:
    """Another task of the timeline on another worker is terminated there, once."""
    made = world(RUNNING, ELSEWHERE, ELSEWHERE, ORPHANED)
    assert made.clear().gone == {5}
    assert made.told == [(5, "celery@w1"), (5, "celery@w2")]


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (judgement(), "it is no longer processing"),
        (judgement(timeline(5, Verdict.QUEUED)), "it is queued, and only what a worker runs"),
        (judgement(replace(RUNNING, task_ids=("task-5", "new"))), "task new came meanwhile"),
    ],
)
def test_what_changed_while_somebody_thought_is_left_alone(first: Judgement, why: str) -> None:
    """Nothing is terminated if the look right before shows something else."""
    made = World([first])
    way = made.clear()
    assert (made.told, way.gone, way.problem) == ([], frozenset(), None)
    assert way.not_planned[0].reason.startswith(f"nothing was terminated: {why}")


def test_what_may_not_be_repaired_is_not_terminated() -> None:
    """A guard that refuses by the look right before keeps the task alive."""
    made = world(RUNNING)
    made.refused = {5: "paused by root@host"}
    way = made.clear()
    assert made.told == []
    assert way.not_planned[0].reason == "nothing was terminated: paused by root@host"


def test_it_ended_by_itself() -> None:
    """A timeline that is no longer processing after all is not repaired."""
    made = World([judgement(RUNNING), judgement()])
    way = made.clear()
    assert (way.gone, way.problem) == (frozenset(), None)
    assert way.not_planned[0].reason.startswith("it is no longer processing")


def test_time_is_up() -> None:
    """Past the time-out it says what the last scan says; what is gone can be repaired."""
    six = timeline(6, Verdict.RUNNING)
    made = World([judgement(RUNNING, six), judgement(ORPHANED, six)])
    way = made.clear(5, 6)
    assert way.gone == {5}
    assert made.now == pytest.approx(10.0)
    assert str(way.problem).startswith(
        "timeline 6: celery@w1 was told to terminate task task-6, and after 10 s it is running: "
    )


def test_an_incomplete_scan_is_not_enough() -> None:
    """The guards want a complete scan, so it is waited for."""
    blind = judgement(ORPHANED, incomplete_because=("celery@w2 is silent",))
    made = World([judgement(RUNNING), blind, judgement(ORPHANED)])
    assert made.clear().judgement is made.scans[2]


@pytest.mark.parametrize(
    "error", [BrokerUnreachableError("the broker is away"), JournalFullError("no room is left")]
)
def test_what_cannot_be_sent_is_an_error(error: ExporterError) -> None:
    """If nobody could be told, nothing is waited for."""
    made = world(RUNNING)
    made.broken = {"celery@w1": error}
    with pytest.raises(type(error)):
        made.clear()
    assert made.now == 0.0


def test_what_could_be_sent_is_waited_for() -> None:
    """If only one of two could be told, that one is repaired and the other is a problem."""
    six = replace(timeline(6, Verdict.RUNNING), worker="celery@w2")
    made = World([judgement(RUNNING, six), judgement(ORPHANED, six)])
    made.broken = {"celery@w2": BrokerUnreachableError("the broker is away")}
    way = made.clear(5, 6)
    assert way.gone == {5}
    assert str(way.problem) == "timeline 6: the broker is away"


def test_a_database_that_is_lost_meanwhile_is_told() -> None:
    """Whoever had a task terminated hears so even if nobody can see what became of it."""
    made = World([judgement(RUNNING), DatabaseUnreachableError("the database is away")])
    with pytest.raises(RevokeUnprovenError) as caught:
        made.clear()
    assert str(caught.value) == (
        "celery@w1 was told to terminate the task of timeline 5, and nobody can see what became "
        "of that: the database is away"
    )
