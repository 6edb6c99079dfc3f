"""What finds no room is dropped, counted and told as a gap; never is more held."""

from __future__ import annotations

import threading

from exporter.events.intake import Intake
from exporter.events.records import Stream, Tie
from exporter.observe.arguments import short


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def started(number: int) -> dict[str, object]:
    """An event of some task."""
    return {"type": "task-started", "uuid": f"t{number}", "hostname": "w", "timestamp": 999.0}


def beat(at: float) -> dict[str, object]:
    """A heartbeat, sent by a clock that is a minute behind."""
    return {"type": "worker-heartbeat", "hostname": "w", "timestamp": at - 60.0}


def intake(clock: Clock, *, capacity: int = 10) -> Intake:
    """An intake of little room."""
    return Intake(instance="host:1", reader=short, capacity=capacity, patience=0.0, clock=clock)


def test_hands_out_everything_once() -> None:
    """Events in the order in which they came, and for how long it was listened."""
    clock = Clock()
    taken = intake(clock)
    taken.watched(Stream.TASKS)
    taken.task_events([started(1), started(2)])
    clock.now += 5
    batch = taken.drain()
    assert [event.task_id for event in batch.events] == ["t1", "t2"]
    assert [(watch.began_at, watch.until_at) for watch in batch.watches] == [(1000.0, 1005.0)]
    assert not taken.drain().events
    assert taken.received == {Stream.TASKS: 2}


def test_what_finds_no_room_is_a_gap() -> None:
    """The watch ends where something was dropped, and another one begins with what came next."""
    clock = Clock()
    taken = intake(clock)
    taken.watched(Stream.TASKS)
    taken.task_events([started(number) for number in range(8)])
    clock.now = 1010.0
    taken.task_events([started(number) for number in range(8)])
    assert taken.dropped == {Stream.TASKS: 8}
    assert len(taken.drain().events) == 8
    clock.now = 1020.0
    taken.task_events(started(1))
    watches = taken.drain().watches
    assert [(watch.began_at, watch.because) for watch in watches] == [(1020.0, None)]


def test_dropping_ends_the_watch_in_words() -> None:
    """Why there is a gap is stored with it."""
    taken = intake(Clock())
    taken.watched(Stream.TASKS)
    taken.task_events([started(number) for number in range(11)])
    (watch,) = taken.drain().watches
    assert watch.because == "more came than could be stored"


def test_events_wait_for_room() -> None:
    """Who brings more than there is room for waits until the rest was handed out."""
    taken = Intake(instance="host:1", reader=short, capacity=10, patience=30.0)
    taken.task_events([started(number) for number in range(8)])
    bringing = threading.Thread(
        target=lambda: taken.task_events([started(number) for number in range(8, 16)])
    )
    bringing.start()
    first = taken.drain().events
    bringing.join()
    assert [event.task_id for event in (*first, *taken.drain().events)] == [
        f"t{number}" for number in range(16)
    ]
    assert not taken.dropped


def test_a_flood_of_tasks_leaves_room_for_scans() -> None:
    """What scans found is stored whatever else comes."""
    taken = intake(Clock())
    taken.task_events([started(number) for number in range(11)])
    taken.scanned(1000.0, ties=[Tie("t1", 1000.0, 42)])
    assert len(taken.drain().ties) == 1
    assert Stream.SCANS not in taken.dropped


def test_a_lost_broker_is_a_gap() -> None:
    """What lies between a lost subscription and the next one is watched by nobody."""
    clock = Clock()
    taken = intake(clock)
    taken.watched(Stream.WORKERS)
    clock.now = 1010.0
    taken.lost(Stream.WORKERS, "the broker does not answer")
    clock.now = 1030.0
    taken.watched(Stream.WORKERS)
    clock.now = 1040.0
    assert [(each.began_at, each.until_at, each.because) for each in taken.drain().watches] == [
        (1000.0, 1010.0, "the broker does not answer"),
        (1030.0, 1040.0, None),
    ]


def test_heartbeats_are_counted_by_the_minute() -> None:
    """A minute that goes on is told again with all that came in it; a past one once."""
    clock = Clock()
    clock.now = 960.0
    taken = intake(clock)
    for _ in range(3):
        taken.worker_event(beat(clock.now))
        clock.now += 2
    assert [(each.minute, each.beats) for each in taken.drain().beats] == [(16, 3)]
    taken.worker_event(beat(clock.now))
    clock.now = 1021.0
    taken.worker_event(beat(clock.now))
    assert [(each.minute, each.beats, each.last_at) for each in taken.drain().beats] == [
        (16, 4, 966.0),
        (17, 1, 1021.0),
    ]
    assert [each.minute for each in taken.drain().beats] == [17]


def test_an_hour_of_a_wrong_clock_misplaces_nothing() -> None:
    """Heartbeats tell how far a worker's clock is off, and its tasks' events are placed by ours."""
    clock = Clock()
    taken = intake(clock)
    taken.worker_event(beat(clock.now))
    taken.task_events({**started(1), "timestamp": clock.now - 60.0 - 3.0})
    assert [event.at for event in taken.drain().events] == [997.0]
