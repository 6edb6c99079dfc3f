"""Messages that move while the broker is read."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from exporter.observe import redis_elements, redis_list
from exporter.observe.redis import RedisBroker
from exporter.observe.redis_link import BrokerOptions, connect
from exporter.snapshot import Place, Wanted
from tests.integration.observe.kombu_queue import KombuQueue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from exporter.observe.broker_tally import Tally

TIMELINES = range(250)
OTHERS = 500
WANTED = Wanted(timeline_ids=frozenset(TIMELINES))


class _Hands:
    """A worker's hands: between the pop and the note in `unacked`, a message is in no key."""

    def __init__(self) -> None:
        self.holding = threading.Lock()
        self.enough = threading.Event()
        self.moved = 0


class _PatientBroker(RedisBroker):
    """Looks into `unacked` while no message is in a worker's hands.

    A reading cannot see what is there; the judge asks for two scans, further apart than such a
    moment. Everything else about a moving broker is a single reading's duty.
    """

    hands: _Hands

    def _read_unacked(self, routes: Mapping[str, str], tally: Tally) -> None:
        with self.hands.holding:
            pass
        super()._read_unacked(routes, tally)


def _prefetch_all(queue: KombuQueue, hands: _Hands) -> None:
    while not hands.enough.is_set():
        with hands.holding:
            if queue.prefetch() is None:
                return
            hands.moved += 1


def _push_others(queue: KombuQueue, hands: _Hands) -> None:
    (raw,) = queue.redis.lrange("sample", 0, 0)
    for _ in range(OTHERS):
        if hands.enough.is_set():
            return
        queue.redis.lpush("celery", raw)


@contextmanager
def _running(*targets: tuple[object, tuple[KombuQueue, _Hands]]) -> Iterator[None]:
    threads = [threading.Thread(target=target, args=args) for target, args in targets]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        targets[0][1][1].enough.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("stride", [20, 1000])
@pytest.mark.parametrize("events", ["", "x" * 20_000])
def test_no_message_slips_past_a_reading(
    broker_url: str, events: str, stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever existed throughout a reading is seen, while others push and workers prefetch."""
    # So short that even a short list takes many of them, between which messages move.
    monkeypatch.setattr(redis_elements, "_WORK", 30_000)
    monkeypatch.setattr(redis_list, "STRIDE", stride)
    hands = _Hands()
    with KombuQueue(broker_url) as queue, KombuQueue(broker_url) as pusher:
        for timeline in TIMELINES:
            queue.send_import(timeline, events=events if timeline % 3 else "")
        queue.send_import(-1, queue="sample")
        reader = _PatientBroker(connect(BrokerOptions(broker_url)), ("celery",))
        reader.hands = hands
        readings = []
        with _running((_prefetch_all, (queue, hands)), (_push_others, (pusher, hands))):
            while hands.moved < len(TIMELINES):
                before = hands.moved
                readings.append((reader.read(WANTED), before, hands.moved))
        reader.close()
        for reading, _, _ in readings:
            seen = {sighting.timeline_id for sighting in reading.sightings}
            assert seen == set(TIMELINES)
            assert reading.opaque == ()
        # Readings in which nothing moved would prove nothing.
        assert any(after > before for _, before, after in readings)
        places = {sighting.place for reading, *_ in readings for sighting in reading.sightings}
        assert places == {Place.QUEUE, Place.UNACKED}
