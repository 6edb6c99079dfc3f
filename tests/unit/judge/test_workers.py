"""The state of a worker, from who answered, who is connected and what was heard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.judge import Memory, Rules, judge
from exporter.snapshot import Heard, HeartbeatReading, Place, WorkerState
from tests.unit.judge.build import consumer, reply, seen, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exporter.snapshot import Consumer, Snapshot, WorkerReply

W1, W2 = "celery@w1", "celery@w2"


def states(*scans: Snapshot, rules: Rules | None = None) -> dict[str, WorkerState]:
    """The states after the last of these scans."""
    memory = Memory.empty()
    for each in scans:
        judgement, memory = judge(each, memory, rules or Rules())
    return {worker.worker: worker.state for worker in judgement.workers}


def two(tick: float = 0.0) -> Snapshot:
    """Two workers on one host, both well."""
    return snapshot(
        tick,
        replies=[reply(W1), reply(W2, uptime=500.0)],
        consumers=[consumer(1), consumer(2, age=500.0)],
    )


def test_who_answers_is_up() -> None:
    """An answer is all it takes."""
    assert states(two()) == {W1: WorkerState.UP, W2: WorkerState.UP}


def test_one_of_two_that_is_killed_is_dead_and_the_other_up() -> None:
    """The node name is the identity; the connection left belongs to the one that answers."""
    killed = snapshot(10, replies=[reply(W1)], bound=[W2], consumers=[consumer(1)])
    assert states(two(), killed) == {W1: WorkerState.UP, W2: WorkerState.DEAD}


def test_one_that_is_killed_among_others_that_started_one_after_another_is_dead() -> None:
    """All are busy and might have each other's connections; those left have just enough."""
    names = ["celery@w1", "celery@w2", "celery@w3", "celery@w4"]

    def rollout(tick: float, living: Iterable[int]) -> Snapshot:
        return snapshot(
            tick,
            replies=[
                reply(names[n], *[seen(Place.ACTIVE, names[n])] * 5, uptime=tick - 2.0 * n, limit=5)
                for n in living
            ],
            bound=names,
            consumers=[consumer(n, age=tick - 2.0 * n, idle=tick - 2.0 * n) for n in living],
        )

    for killed in range(4):
        left = [n for n in range(4) if n != killed]
        judged = states(rollout(20, range(4)), rollout(30, range(4)), rollout(40, left))
        assert judged[names[killed]] == WorkerState.DEAD, killed


def test_one_that_connects_after_the_list_was_read_needs_no_connection_of_it() -> None:
    """A newcomer's answer does not make the last connection of a silent worker its own."""

    def busy(name: str, uptime: float) -> WorkerReply:
        return reply(name, *[seen(Place.ACTIVE, name)] * 2, uptime=uptime, limit=2)

    started = snapshot(
        10,
        replies=[busy(W1, 4.0), busy(W2, 4.0)],
        bound=[W1, W2],
        consumers=[consumer(1, age=1.0, idle=1.0), consumer(2, age=1.0, idle=1.0)],
    )
    silent = snapshot(
        11,
        replies=[busy(W2, 5.0), busy("celery@w3", 1.0)],
        receivers=3,
        bound=[W1, W2, "celery@w3"],
        consumers=[consumer(1, age=2.0, idle=2.0), consumer(2, age=2.0, idle=2.0)],
    )
    assert states(started, silent)[W1] == WorkerState.WEDGED


def newcomer(tick: float, *, answers: bool, consumers: Iterable[Consumer]) -> Snapshot:
    """A worker that has just started: its connection may be younger than the list of them."""
    return snapshot(
        tick,
        replies=[reply(W1, uptime=tick)] if answers else [],
        bound=[W1],
        consumers=list(consumers),
        receivers=1 if answers else 0,
        heartbeats=HeartbeatReading({W1: Heard(W1, heartbeat_tick=2.0)}, 0.0),
    )


def test_one_that_is_killed_seconds_after_its_start_is_dead_at_once() -> None:
    """No connection was learnt of it yet; once none is left that could be its own, it is gone."""
    answered = newcomer(2, answers=True, consumers=[consumer(1, age=2)])
    killed = newcomer(5, answers=False, consumers=[])
    assert states(answered, killed) == {W1: WorkerState.DEAD}


def test_one_that_connected_when_it_had_answered_is_not_dead() -> None:
    """It had no connection in that list; the one in the next list may be its own."""
    answered = newcomer(2, answers=True, consumers=[])
    drains = newcomer(5, answers=False, consumers=[consumer(1, age=5)])
    assert states(answered, drains) == {W1: WorkerState.DRAINING}


def test_one_that_was_gone_and_starts_again_has_not_answered_yet() -> None:
    """What it answered in its former life says nothing: its connection may come after the list."""
    answered = newcomer(2, answers=True, consumers=[consumer(1, age=2)])
    killed = newcomer(5, answers=False, consumers=[])
    heard = HeartbeatReading({W1: Heard(W1, heartbeat_tick=9.0)}, 0.0)
    starts = replace(newcomer(10, answers=False, consumers=[]), heartbeats=heard)
    still = replace(newcomer(11, answers=False, consumers=[]), heartbeats=heard)
    assert states(answered, killed, starts, still) == {W1: WorkerState.UNKNOWN}


def test_one_that_does_not_answer_and_is_still_connected_is_wedged() -> None:
    """Stopped, or busy with a big message, or a solo pool at work: silent, not dead."""
    silent = snapshot(
        10,
        replies=[reply(W1)],
        receivers=2,
        bound=[W2],
        consumers=[consumer(1), consumer(2, age=510.0, idle=10.0)],
    )
    assert states(two(), silent)[W2] == WorkerState.WEDGED


def test_one_that_left_the_mailbox_and_is_still_connected_is_draining() -> None:
    """Warm shutdown: its binding and its subscription are gone, its connection stays."""
    leaving = snapshot(
        10, replies=[reply(W1)], consumers=[consumer(1), consumer(2, age=510.0, idle=8.0)]
    )
    assert states(two(), leaving)[W2] == WorkerState.DRAINING


def test_one_that_said_goodbye_and_is_gone_is_offline_and_soon_forgotten() -> None:
    """It left as it should."""
    heard = HeartbeatReading({W2: Heard(W2, offline_tick=5.0, offline_active=0)}, -100.0)
    left = snapshot(10, replies=[reply(W1)], consumers=[consumer(1)], heartbeats=heard)
    assert states(two(), left)[W2] == WorkerState.OFFLINE
    assert W2 not in states(two(), left, replace(left, tick=1000.0))


def test_a_dead_worker_stays_dead_until_it_is_forgotten() -> None:
    """A dead worker is shown for a day, so that its alert can fire."""
    killed = snapshot(10, replies=[reply(W1)], bound=[W2], consumers=[consumer(1)])
    later = replace(killed, tick=80_000.0)
    assert states(two(), killed, later)[W2] == WorkerState.DEAD
    much_later = replace(killed, tick=90_000.0)
    bound_no_more = snapshot(90_000.0, replies=[reply(W1)], consumers=[consumer(1)])
    assert W2 not in states(
        two(), killed, later, replace(much_later, workers=bound_no_more.workers)
    )


def test_a_dead_worker_whose_binding_stays_does_not_come_back_from_the_dead() -> None:
    """Celery leaves the binding in the broker for ever; what is forgotten is not found anew."""
    killed = snapshot(10, replies=[reply(W1)], bound=[W2], consumers=[consumer(1)])
    scans = [replace(killed, tick=tick) for tick in (80_000.0, 90_000.0, 90_005.0)]
    assert states(two(), killed, scans[0])[W2] == WorkerState.DEAD
    assert W2 not in states(two(), killed, *scans[:2])
    assert W2 not in states(two(), killed, *scans)
    assert states(two(), killed, *scans, two(90_010.0))[W2] == WorkerState.UP


def test_a_binding_left_behind_before_this_exporter_started_is_a_dead_worker() -> None:
    """Everybody connected has answered, so the name in the binding set is nobody's."""
    assert states(snapshot(0, replies=[reply(W1)], bound=[W2]))[W2] == WorkerState.DEAD


def test_one_that_is_heard_and_did_not_answer_yet_is_unknown() -> None:
    """It is just starting."""
    heard = HeartbeatReading({W2: Heard(W2, heartbeat_tick=0.0)}, -100.0)
    scan = snapshot(0, replies=[reply(W1)], heartbeats=heard)
    assert states(scan)[W2] == WorkerState.UNKNOWN


def test_the_only_silent_one_of_the_bound_is_wedged() -> None:
    """One subscriber is silent and one name did not answer, even from a cold start."""
    scan = snapshot(
        0,
        replies=[reply(W1)],
        receivers=2,
        bound=[W2],
        consumers=[consumer(1), consumer(2, age=500.0, idle=100.0)],
    )
    assert states(scan)[W2] == WorkerState.WEDGED


def test_damaged_answers_are_no_answers() -> None:
    """Two workers of one name, or answers of the wrong shape."""
    scan = snapshot(0, replies=[], receivers=1, malformed=[W1], consumers=[consumer(1)])
    assert states(scan)[W1] == WorkerState.WEDGED


def test_while_the_broker_was_away_nobody_is_called_dead() -> None:
    """Workers come back within the time they are given."""
    back = snapshot(20, incarnation="two", uptime=3.0, bound=[W1, W2])
    assert set(states(two(), back).values()) == {WorkerState.UNKNOWN}


def test_a_new_exporter_does_not_lend_one_workers_connection_to_another() -> None:
    """A worker in warm shutdown keeps its connection although another one has just started."""
    running = snapshot(0, replies=[reply(W1, seen(Place.ACTIVE, W1))])
    rollout = snapshot(
        10,
        replies=[reply(W2, uptime=3.0)],
        consumers=[consumer(1, age=1010.0, idle=2.0)],
    )
    judged = states(running, rollout)
    assert judged == {W1: WorkerState.DRAINING, W2: WorkerState.UP}
