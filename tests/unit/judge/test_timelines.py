"""The verdict on a timeline, case by case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from exporter.judge import Memory, Rules, judge
from exporter.judge.clock import clock_time
from exporter.snapshot import (
    Heard,
    HeartbeatReading,
    JudgedTimeline,
    Place,
    Source,
    SourceHealth,
    Verdict,
)
from tests.unit.judge.build import EPOCH, consumer, reply, seen, snapshot, source, timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exporter.snapshot import Sighting, Snapshot

RULES = Rules()
W1, W2 = "celery@w1", "celery@w2"


def story(*scans: Snapshot, rules: Rules = RULES) -> JudgedTimeline:
    """The only timeline as the last of these scans leaves it."""
    memory = Memory.empty()
    for each in scans:
        judgement, memory = judge(each, memory, rules)
    (judged,) = judgement.timelines
    return judged


@pytest.mark.parametrize(
    ("place", "where", "verdict"),
    [
        (Place.QUEUE, "celery", Verdict.QUEUED),
        (Place.RESERVED, W1, Verdict.RESERVED),
        (Place.SCHEDULED, W1, Verdict.RESERVED),
        (Place.ACTIVE, W1, Verdict.RUNNING),
        (Place.UNACKED, "celery", Verdict.PARKED),
    ],
)
def test_a_task_that_is_seen_gives_the_verdict_of_its_place(
    place: Place, where: str, verdict: Verdict
) -> None:
    """Where the task is decides, however old the row."""
    sighting = seen(place, where)
    at_worker = where == W1
    judged = story(
        snapshot(
            0,
            timelines=[timeline()],
            broker=[] if at_worker else [sighting],
            replies=[reply(W1, *([sighting] if at_worker else []))],
        )
    )
    assert judged.verdict == verdict
    assert judged.task_ids == ("t1",)
    assert judged.worker == (W1 if at_worker else None)


def test_an_absence_is_a_suspicion_first_and_proven_by_a_second_scan() -> None:
    """Nowhere in two complete scans, `confirm_after` apart: orphaned; between them: suspect."""
    row = [timeline()]
    first = snapshot(0, timelines=row, replies=[reply(W1)])
    assert story(first).verdict == Verdict.SUSPECT
    assert story(first, replace(first, tick=14.9)).verdict == Verdict.SUSPECT
    orphaned = story(first, replace(first, tick=15.0, at=first.at + 15))
    assert orphaned.verdict == Verdict.ORPHANED
    assert "not in queue celery (0 messages read)" in orphaned.reasons
    assert "1 of 1 connected workers answered, none has it" in orphaned.reasons


def test_absence_counts_only_over_the_grace_period() -> None:
    """A young row is suspect however often it is looked at, since its message may be on its way."""
    scans = [
        snapshot(tick, timelines=[timeline(age=20.0 + tick)], replies=[reply(W1)])
        for tick in (0.0, 20.0, 39.0)
    ]
    assert story(*scans).verdict == Verdict.SUSPECT
    later = [
        snapshot(tick, timelines=[timeline(age=20.0 + tick)], replies=[reply(W1)])
        for tick in (41.0, 56.5)
    ]
    assert story(*scans, *later).verdict == Verdict.ORPHANED


def test_a_new_status_row_begins_a_new_story() -> None:
    """The verdict is about a status row; a task that writes it anew was alive."""
    first = snapshot(0, timelines=[timeline(status_id=1)], replies=[reply(W1)])
    second = snapshot(20, timelines=[timeline(status_id=2)], replies=[reply(W1)])
    assert story(first, second).verdict == Verdict.SUSPECT


def test_a_new_data_source_begins_a_new_story() -> None:
    """An upload to a timeline that is already processing has a task of its own."""
    first = snapshot(0, timelines=[timeline(sources=[source(1)])], replies=[reply(W1)])
    second = snapshot(20, timelines=[timeline(sources=[source(1), source(2)])], replies=[reply(W1)])
    assert story(first, second).verdict == Verdict.SUSPECT


def test_no_worker_at_all_is_complete_evidence() -> None:
    """Nobody connected means that nobody has it."""
    first = snapshot(0, timelines=[timeline()])
    assert story(first, replace(first, tick=15.0)).verdict == Verdict.ORPHANED


def test_a_silent_worker_may_have_it() -> None:
    """Fewer answers than receivers: unknown, with the worker's name."""
    both = snapshot(
        0,
        timelines=[timeline()],
        replies=[reply(W1), reply(W2, uptime=500.0)],
        consumers=[consumer(1), consumer(2, age=500.0)],
    )
    silent = snapshot(
        20,
        timelines=[timeline(age=120.0)],
        replies=[reply(W1)],
        receivers=2,
        bound=[W1, W2],
        consumers=[consumer(1), consumer(2, age=520.0, idle=1.0)],
    )
    judged = story(both, silent, replace(silent, tick=40.0))
    assert judged.verdict == Verdict.UNKNOWN
    assert f"1 connected worker did not answer: {W2}" in judged.reasons


def test_a_worker_that_was_frozen_with_a_message_in_hand_may_still_have_it() -> None:
    """Who has room and has not popped for seconds, popped something that it has not noted yet."""
    before = snapshot(0, timelines=[timeline()], replies=[reply(W1)])
    thawed = snapshot(
        20,
        timelines=[timeline(age=120.0)],
        replies=[reply(W1, uptime=1020.0)],
        consumers=[consumer(1, age=1020.0, idle=20.0)],
    )
    popping = snapshot(
        40,
        timelines=[timeline(age=140.0)],
        replies=[reply(W1, uptime=1040.0)],
        consumers=[consumer(1, age=1040.0)],
    )
    assert story(before, thawed).verdict == Verdict.UNKNOWN
    assert story(before, thawed, popping).verdict == Verdict.SUSPECT
    again = replace(popping, tick=56.0, at=popping.at + 16)
    assert story(before, thawed, popping, again).verdict == Verdict.ORPHANED


def test_an_incomplete_scan_begins_the_wait_anew() -> None:
    """Suspicion needs unbroken evidence."""
    absent = snapshot(0, timelines=[timeline()], replies=[reply(W1)])
    blind = snapshot(10, timelines=[timeline()], replies=[reply(W1)], opaque=["queue x is damaged"])
    assert story(absent, blind, replace(absent, tick=20.0)).verdict == Verdict.SUSPECT


def test_what_was_proven_stays_proven_while_evidence_is_incomplete() -> None:
    """A blind spot makes no orphan, and it does not unmake one; seeing the task does."""
    absent = snapshot(0, timelines=[timeline()], replies=[reply(W1)])
    proven = replace(absent, tick=15.0)
    blind = snapshot(20, timelines=[timeline()], replies=[reply(W1)], opaque=["queue x is damaged"])
    assert story(absent, proven, blind).verdict == Verdict.ORPHANED
    back = snapshot(25, timelines=[timeline()], broker=[seen(Place.QUEUE)], replies=[reply(W1)])
    assert story(absent, proven, blind, back).verdict == Verdict.QUEUED


def test_a_task_active_on_a_worker_that_died_is_orphaned_at_once() -> None:
    """Its connection gone for the settling time is proof; neither grace nor confirmation is due."""
    row = [timeline(age=3.0)]
    running = snapshot(
        0,
        timelines=row,
        replies=[reply(W1, seen(Place.ACTIVE, W1), uptime=10.0)],
        consumers=[consumer(1, age=10.0)],
    )
    gone = snapshot(5, timelines=[timeline(age=8.0)], bound=[W1])
    assert story(running, gone).verdict == Verdict.SUSPECT
    settled = snapshot(10, timelines=[timeline(age=13.0)], bound=[W1])
    judged = story(running, gone, settled)
    assert judged.verdict == Verdict.ORPHANED
    assert judged.worker == W1
    assert f"{W1}, where it was active, is dead" in judged.reasons


def test_absence_is_not_proven_while_a_worker_may_be_on_its_way_back() -> None:
    """One whose connection was cut works on, however short the wait for a second scan is."""
    quick = Rules(confirm_after=2.0)
    running = snapshot(
        0,
        timelines=[timeline(age=100.0)],
        replies=[reply(W1, seen(Place.ACTIVE, W1))],
        consumers=[consumer(1)],
    )
    cut, still = (
        snapshot(tick, timelines=[timeline(age=100.0 + tick)], bound=[W1]) for tick in (1, 4)
    )
    judged = story(running, cut, still, rules=quick)
    assert judged.verdict == Verdict.SUSPECT
    assert f"{W1} lost its connection 3 s ago and may be on its way back" in judged.reasons
    gone = snapshot(7, timelines=[timeline(age=107.0)], bound=[W1])
    assert story(running, cut, still, gone, rules=quick).verdict == Verdict.ORPHANED


def test_a_worker_started_anew_proves_its_former_self_dead() -> None:
    """The same node name with a younger process: what was active there is gone."""
    running = snapshot(
        0,
        timelines=[timeline(age=3.0)],
        replies=[reply(W1, seen(Place.ACTIVE, W1), uptime=100.0)],
        consumers=[consumer(1, age=100.0)],
    )
    reborn = snapshot(
        20,
        timelines=[timeline(age=23.0)],
        replies=[reply(W1, uptime=4.0)],
        consumers=[consumer(2, age=4.0)],
    )
    judged = story(running, reborn)
    assert judged.verdict == Verdict.ORPHANED
    assert f"{W1}, where it was active, has been started anew since" in judged.reasons


@pytest.mark.parametrize("state", ["FAILURE", "REVOKED"])
def test_a_result_that_says_it_ended_is_proof(state: str) -> None:
    """The pool's child died or the task was revoked: the row will never move."""
    running = snapshot(
        0, timelines=[timeline(age=3.0)], replies=[reply(W1, seen(Place.ACTIVE, W1))]
    )
    failed = snapshot(5, timelines=[timeline(age=8.0)], replies=[reply(W1)], results={"t1": state})
    judged = story(running, failed)
    assert judged.verdict == Verdict.ORPHANED
    assert f"the result of task t1 is {state}" in judged.reasons


def test_an_old_failure_says_nothing_about_a_new_upload() -> None:
    """An upload to a failed timeline has a new data source, whose task was not seen yet."""
    running = snapshot(0, timelines=[timeline()], replies=[reply(W1, seen(Place.ACTIVE, W1))])
    again = snapshot(
        10,
        timelines=[
            timeline(
                status_id=2,
                age=2.0,
                sources=[
                    source(1, status="fail", created_age=110.0, status_age=4.0),
                    source(2, status="queueing", created_age=2.0, status_age=2.0),
                ],
            )
        ],
        replies=[reply(W1)],
        results={"t1": "FAILURE"},
    )
    assert story(running, again).verdict == Verdict.SUSPECT


@pytest.mark.parametrize("streamed", [False, True])
def test_the_end_of_an_old_task_says_nothing_about_an_upload_that_begins(streamed: bool) -> None:  # noqa: FBT001  a case
    """An upload sets the status, then adds its data source: the old end proves nothing so soon."""

    def again(tick: float, age: float) -> Snapshot:
        old = source(1, status="ready", created_age=tick + 3.0, status_age=tick, streamed=streamed)
        row = timeline(status_id=2, age=age, sources=[old])
        return snapshot(tick, timelines=[row], replies=[reply(W1)], results={"t1": "SUCCESS"})

    running = snapshot(
        0, timelines=[timeline(age=3.0)], replies=[reply(W1, seen(Place.ACTIVE, W1))]
    )
    assert story(running, again(10, age=0.1)).verdict == Verdict.SUSPECT
    assert story(running, again(10, age=0.1), again(75, age=65.1)).verdict == Verdict.ORPHANED


def test_one_dead_task_of_two_proves_nothing_about_the_other() -> None:
    """Two data sources have two tasks; the one never seen may be anywhere."""
    sources = [source(1, created_age=50.0), source(2, created_age=40.0, status="queueing")]
    running = snapshot(
        0,
        timelines=[timeline(age=40.0, sources=sources)],
        replies=[reply(W1, seen(Place.ACTIVE, W1))],
    )
    failed = snapshot(
        5,
        timelines=[timeline(age=45.0, sources=sources)],
        replies=[reply(W1)],
        results={"t1": "FAILURE"},
    )
    assert story(running, failed).verdict == Verdict.SUSPECT


def test_a_redelivered_task_may_have_a_living_twin() -> None:
    """The failure of a task that was handed out twice is no proof."""
    running = snapshot(
        0,
        timelines=[timeline(age=3.0)],
        replies=[reply(W1, seen(Place.ACTIVE, W1, redelivered=True))],
    )
    failed = snapshot(
        5, timelines=[timeline(age=8.0)], replies=[reply(W1)], results={"t1": "FAILURE"}
    )
    assert story(running, failed).verdict == Verdict.SUSPECT


def test_a_message_that_fell_due_unseen_may_have_been_handed_out_twice() -> None:
    """A failure is no proof once the message could have been redelivered behind the scans' back."""
    reserved = snapshot(
        0,
        timelines=[timeline(age=3.0)],
        broker=[seen(Place.UNACKED, redelivers_in=8.0)],
        replies=[reply(W1, seen(Place.RESERVED, W1))],
    )
    begun = snapshot(2, timelines=[timeline(age=5.0)], replies=[reply(W1, seen(Place.ACTIVE, W1))])
    failed = snapshot(
        5, timelines=[timeline(age=8.0)], replies=[reply(W1)], results={"t1": "FAILURE"}
    )
    assert story(reserved, failed).verdict == Verdict.SUSPECT
    assert story(reserved, begun, failed).verdict == Verdict.ORPHANED


def waiting(tick: float, *, results: Mapping[str, str] | None = None) -> Snapshot:
    """The import waits in its queue, as it has all the time."""
    return snapshot(
        tick,
        timelines=[timeline(age=tick + 3.0)],
        broker=[seen(Place.QUEUE)],
        replies=[reply(W1)],
        results=results,
    )


def test_a_task_that_stood_in_its_queue_was_last_seen_by_the_last_scan() -> None:
    """Nothing is new about it while it stands there; once it does not, its time counts."""
    gone = snapshot(75, timelines=[timeline(age=78.0)], replies=[reply(W1)])
    judged = story(waiting(0), waiting(5), waiting(62), gone)
    (where,) = [reason for reason in judged.reasons if "last seen" in reason]
    assert where == f"task t1 last seen waiting in queue celery at {clock_time(EPOCH + 62)}"


def test_a_task_that_waits_although_it_has_ended_has_a_living_twin() -> None:
    """A result that came while it stood in its queue is that of another run of its message."""
    ended = {"t1": "FAILURE"}
    gone = snapshot(10, timelines=[timeline(age=13.0)], replies=[reply(W1)], results=ended)
    still = waiting(7, results=ended)
    assert story(waiting(0), waiting(5), gone).verdict == Verdict.ORPHANED
    assert story(waiting(0), waiting(5, results=ended), still, gone).verdict == Verdict.SUSPECT


def draining(tick: float, *, age: float, extra: Sequence[int] = ()) -> Snapshot:
    """W1 is in warm shutdown: its connection stays and is idle, nobody answers."""
    return snapshot(
        tick,
        timelines=[timeline(age=age)],
        consumers=[consumer(1, age=1000.0 + tick, idle=tick), *map(consumer, extra)],
        heartbeats=HeartbeatReading({W1: Heard(W1, offline_tick=1.0, offline_active=1)}, -100.0),
    )


def test_a_task_on_a_worker_in_warm_shutdown_is_draining() -> None:
    """Silent, but connected: its tasks run on."""
    running = snapshot(0, timelines=[timeline()], replies=[reply(W1, seen(Place.ACTIVE, W1))])
    for tick in (5.0, 25.0, 300.0):
        judged = story(running, draining(5.0, age=105.0), draining(tick, age=100.0 + tick))
        assert judged.verdict == Verdict.DRAINING
        assert judged.worker == W1


def test_a_drained_worker_that_was_killed_leaves_an_orphan() -> None:
    """SIGTERM, then SIGKILL ten seconds later, as `docker stop` does."""
    running = snapshot(0, timelines=[timeline()], replies=[reply(W1, seen(Place.ACTIVE, W1))])
    goodbye = draining(5.0, age=105.0)
    gone = replace(goodbye, tick=12.0, workers=snapshot(12.0).workers, at=goodbye.at + 7)
    judged = story(running, goodbye, gone, replace(gone, tick=17.0))
    assert judged.verdict == Verdict.ORPHANED
    assert f"{W1}, where it was active, is offline" in judged.reasons


def test_a_worker_in_warm_shutdown_does_not_hide_what_it_cannot_hold() -> None:
    """A task seen on another worker after the shutdown began, whose worker then died, is found."""
    both = snapshot(
        0,
        timelines=[timeline()],
        replies=[reply(W1), reply(W2, seen(Place.ACTIVE, W2), uptime=500.0)],
        consumers=[consumer(1), consumer(2, age=500.0)],
    )
    heard = HeartbeatReading({W1: Heard(W1, offline_tick=1.0, offline_active=1)}, -100.0)
    one_drains = snapshot(
        20,
        timelines=[timeline(age=120.0)],
        replies=[reply(W2, seen(Place.ACTIVE, W2), uptime=520.0)],
        consumers=[consumer(1, age=1020.0, idle=19.0), consumer(2, age=520.0)],
        heartbeats=heard,
    )
    other_dies = snapshot(
        40,
        timelines=[timeline(age=140.0)],
        consumers=[consumer(1, age=1040.0, idle=39.0)],
        bound=[W2],
        heartbeats=heard,
    )
    judged = story(both, one_drains, other_dies, replace(other_dies, tick=46.0))
    assert judged.verdict == Verdict.ORPHANED


def test_a_silent_worker_may_have_begun_what_was_last_seen_in_unacked() -> None:
    """It took the message before it fell silent, and begins it without a word to the broker."""

    def scan(tick: float, *unacked: Sighting, answers: bool = False) -> Snapshot:
        w1 = [reply(W1, uptime=500.0 + tick)] if answers else []
        return snapshot(
            tick,
            timelines=[timeline(age=65.0 + tick)],
            broker=unacked,
            replies=[reply(W2, uptime=1000.0 + tick), *w1],
            receivers=2,
            consumers=[
                consumer(1, age=1000.0 + tick),
                consumer(2, age=500.0 + tick, idle=61.0 + tick),
            ],
        )

    handed_out = seen(Place.UNACKED)
    begun = (scan(-40, handed_out, answers=True), scan(0, handed_out), scan(15), scan(35))
    assert story(*begun).verdict == Verdict.UNKNOWN


def test_a_connection_that_took_its_last_message_before_the_upload_hides_nothing() -> None:
    """A stranger or a worker in shutdown, idle for longer than the timeline exists."""
    scan = snapshot(
        0, timelines=[timeline(age=100.0)], consumers=[consumer(9, age=500.0, idle=200.0)]
    )
    assert story(scan, replace(scan, tick=15.0)).verdict == Verdict.ORPHANED


def test_a_connection_younger_than_the_running_import_hides_nothing() -> None:
    """It came into being after the import had begun."""
    scan = snapshot(
        0, timelines=[timeline(age=100.0)], consumers=[consumer(9, age=50.0, idle=10.0)]
    )
    assert story(scan, replace(scan, tick=15.0)).verdict == Verdict.ORPHANED


def test_an_unexplained_connection_makes_unknown() -> None:
    """From a cold start a worker in warm shutdown looks like any client that once asked."""
    scan = snapshot(
        0, timelines=[timeline(age=100.0)], consumers=[consumer(9, age=500.0, idle=10.0)]
    )
    judged = story(scan, replace(scan, tick=15.0))
    assert judged.verdict == Verdict.UNKNOWN
    assert any("10.0.0.9:5000" in reason for reason in judged.reasons)


def test_an_ignored_client_hides_nothing() -> None:
    """The operator has named it as a stranger."""
    scan = snapshot(
        0, timelines=[timeline(age=100.0)], consumers=[consumer(9, age=500.0, idle=10.0)]
    )
    rules = Rules(ignored_clients=("10.0.0.9",))
    assert story(scan, replace(scan, tick=15.0), rules=rules).verdict == Verdict.ORPHANED


def test_a_connection_idle_beyond_the_drain_timeout_hides_nothing() -> None:
    """No worker takes that long to shut down."""
    scan = snapshot(
        0, timelines=[timeline(age=5000.0)], consumers=[consumer(9, age=9000.0, idle=700.0)]
    )
    assert story(scan, replace(scan, tick=15.0)).verdict == Verdict.ORPHANED


def test_a_broker_that_was_away_lets_workers_come_back_first() -> None:
    """Workers that lost the broker work on; until they are back nothing is proven."""
    running = snapshot(0, timelines=[timeline()], replies=[reply(W1, seen(Place.ACTIVE, W1))])
    back = snapshot(20, timelines=[timeline(age=120.0)], incarnation="two", uptime=5.0)
    judged = story(running, back, replace(back, tick=36.0))
    assert judged.verdict == Verdict.UNKNOWN
    returned = snapshot(
        40,
        timelines=[timeline(age=140.0)],
        incarnation="two",
        uptime=25.0,
        replies=[reply(W1, seen(Place.ACTIVE, W1), uptime=1040.0)],
        consumers=[consumer(7, age=3.0)],
    )
    assert story(running, back, returned).verdict == Verdict.RUNNING


def test_a_cold_start_after_the_broker_was_away_waits_for_workers_it_never_met() -> None:
    """The first worker that is back does not speak for those that are not."""
    first, second, third = (
        snapshot(tick, timelines=[timeline(age=100.0 + tick)], uptime=5.0 + tick, replies=answers)
        for tick, answers in ((0.0, []), (10.0, [reply(W1)]), (30.0, [reply(W1)]))
    )
    assert story(first, second, third).verdict == Verdict.UNKNOWN


def test_a_worker_lost_while_the_broker_was_away_is_found_in_the_end() -> None:
    """After the time to reconnect, absence counts again."""
    running = snapshot(0, timelines=[timeline()], replies=[reply(W1, seen(Place.ACTIVE, W1))])
    back = snapshot(20, timelines=[timeline(age=120.0)], incarnation="two", uptime=5.0)
    later = [replace(back, tick=tick) for tick in (61.0, 66.0, 77.0)]
    assert story(running, back, *later).verdict == Verdict.ORPHANED


def test_a_long_running_task_is_stalled() -> None:
    """Active for longer than the limit is worth an alert of its own, but no orphan."""
    old = seen(Place.ACTIVE, W1, age=50_000.0)
    judged = story(snapshot(0, timelines=[timeline()], replies=[reply(W1, old)]))
    assert judged.verdict == Verdict.STALLED


def test_a_message_handed_to_a_silent_worker_is_not_called_parked() -> None:
    """While somebody is silent, nobody can say that no living worker has it."""
    both = snapshot(
        0,
        timelines=[timeline()],
        broker=[seen(Place.UNACKED)],
        replies=[reply(W1, seen(Place.RESERVED, W1))],
    )
    silent = snapshot(
        5,
        timelines=[timeline()],
        broker=[seen(Place.UNACKED)],
        receivers=1,
        bound=[W1],
        consumers=[consumer(1, idle=5.0)],
    )
    assert story(both).verdict == Verdict.RESERVED
    assert story(both, silent).verdict == Verdict.UNKNOWN


def test_a_task_whose_arguments_cannot_be_read_may_be_anybodys() -> None:
    """It is known to be an import, but not of which timeline."""
    nameless = replace(seen(Place.ACTIVE, W1, task="t9", timeline_id=None), index_name=None)
    scan = snapshot(0, timelines=[timeline()], replies=[reply(W1, nameless)])
    judged = story(scan, replace(scan, tick=20.0))
    assert judged.verdict == Verdict.UNKNOWN
    assert f"the arguments of task t9 at {W1} cannot be read" in judged.reasons


def test_a_subscriber_that_is_no_worker_does_not_blind_for_good() -> None:
    """A monitor on the broker's channels raises the count, but has no consumer to take tasks."""
    scan = snapshot(0, timelines=[timeline()], replies=[reply(W1)], receivers=2)
    assert story(scan, replace(scan, tick=20.0)).verdict == Verdict.UNKNOWN
    later = [replace(scan, tick=tick) for tick in (20.0, 46.0, 62.0)]
    assert story(scan, *later).verdict == Verdict.ORPHANED


def test_a_source_that_is_away_makes_unknown() -> None:
    """Without the broker there is no absence."""
    whole = snapshot(0, timelines=[timeline()])
    away = replace(
        whole,
        broker=None,
        workers=None,
        sources=(SourceHealth(Source.BROKER, up=False, seconds=1.0, error="connection refused"),),
    )
    judged = story(away, replace(away, tick=20.0))
    assert judged.verdict == Verdict.UNKNOWN
    assert "broker could not be read: connection refused" in judged.reasons


def test_a_broker_that_shows_no_messages_never_makes_an_orphan() -> None:
    """RabbitMQ: absent is unknown, for ever."""
    scan = snapshot(
        0,
        timelines=[timeline()],
        counts=False,
        lists_clients=False,
        opaque=["RabbitMQ does not show its messages"],
    )
    assert (
        story(scan, replace(scan, tick=20.0), replace(scan, tick=900.0)).verdict == Verdict.UNKNOWN
    )


def test_without_client_list_a_goodbye_with_tasks_counts_for_the_drain_timeout() -> None:
    """Where connections cannot be listed, a worker that left with work may still be at it."""
    running = snapshot(
        0, timelines=[timeline()], lists_clients=False, replies=[reply(W1, seen(Place.ACTIVE, W1))]
    )
    heard = HeartbeatReading({W1: Heard(W1, offline_tick=1.0, offline_active=1)}, -1000.0)
    left, later, over, after = (
        snapshot(
            tick, timelines=[timeline(age=100.0 + tick)], lists_clients=False, heartbeats=heard
        )
        for tick in (5.0, 600.0, 662.0, 680.0)
    )
    assert story(running, left, later).verdict == Verdict.DRAINING
    assert story(running, left, later, over, after).verdict == Verdict.ORPHANED


def test_without_client_list_a_cold_start_waits_for_goodbyes_it_did_not_hear() -> None:
    """A worker that left before this exporter listened may still finish old tasks."""
    heard = HeartbeatReading({}, 0.0)
    cold, soon, over, after = (
        snapshot(
            tick, timelines=[timeline(age=100.0 + tick)], lists_clients=False, heartbeats=heard
        )
        for tick in (5.0, 30.0, 661.0, 680.0)
    )
    assert story(cold, soon).verdict == Verdict.UNKNOWN
    assert story(cold, soon, over, after).verdict == Verdict.ORPHANED


def test_a_row_that_appeared_during_the_scan_waits_for_the_next() -> None:
    """Nobody looked for its task yet."""
    scan = snapshot(0, timelines=[timeline(age=0.01)])
    assert scan.before is not None
    judged = story(replace(scan, before=replace(scan.before, timeline_ids=frozenset())))
    assert judged.verdict == Verdict.SUSPECT
