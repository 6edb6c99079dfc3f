"""A reading that remembers the ones before, against one that knows nothing."""

from __future__ import annotations

import gc
import json
from random import Random
from typing import TYPE_CHECKING, cast

import pytest

from exporter.observe import redis_elements, redis_list, remembered
from exporter.snapshot import TaskMessage, Wanted
from tests.integration.observe.kombu_queue import KombuQueue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exporter.observe.redis import RedisBroker
    from exporter.snapshot import BrokerReading

QUEUES = ("celery", "other")
BIG = "x" * 30_000


@pytest.fixture
def queue(broker_url: str) -> Iterator[KombuQueue]:
    """Return a Redis."""
    with KombuQueue(broker_url) as made:
        yield made


@pytest.fixture
def reader(queue: KombuQueue) -> Iterator[RedisBroker]:
    """Return a reader that is used again and again."""
    made = queue.reader(*QUEUES)
    yield made
    made.close()


class Mover:
    """Does to the queues what clients, workers and operators do."""

    def __init__(self, queue: KombuQueue, random: Random) -> None:
        self._queue = queue
        self._random = random
        self._sent = 0

    def move(self) -> None:
        """Do one thing."""
        moves = (
            self.send,
            self.send,
            self.pop,
            self.hand_out_again,
            self.restart,
            self.copy,
            self.spoil,
        )
        self._random.choice(moves)()

    def send(self) -> None:
        """Upload some files or pieces of a stream."""
        for _ in range(self._random.choice((1, 3, 40))):
            self._sent += 1
            events = self._random.choice(("", "short", BIG))
            self._queue.send_import(
                self._sent % 9, events=events, queue=self._random.choice(QUEUES)
            )

    def pop(self) -> None:
        """Take some as a worker does."""
        for _ in range(self._random.choice((1, 5, 20))):
            self._queue.redis.rpop(self._random.choice(QUEUES))

    def hand_out_again(self) -> None:
        """Put one back as kombu does, which says in the message that it did."""
        raw = self._queue.redis.rpop("celery")
        if raw is not None:
            self._give_back(cast("bytes", raw))

    def restart(self) -> None:
        """Stop all workers: each gives back what it has not begun with, in an order of its own."""
        held = [raw for _ in range(6) if (raw := self._queue.redis.rpop("celery")) is not None]
        for raw in self._random.sample(held, len(held) // 2):
            self._give_back(cast("bytes", raw))

    def _give_back(self, raw: bytes) -> None:
        message = json.loads(raw) if raw.startswith(b"{") else None
        if isinstance(message, dict):
            message["headers"]["redelivered"] = True
            self._queue.redis.rpush("celery", json.dumps(message))

    def copy(self) -> None:
        """Put a message there twice, or into another queue."""
        raw = self._queue.redis.lindex("celery", 0)
        if raw is not None:
            self._queue.redis.lpush(self._random.choice(QUEUES), raw)

    def spoil(self) -> None:
        """Leave something that is none of Celery's, or remove one from the midst."""
        if self._random.random() < 0.5:
            self._queue.redis.lpush("celery", self._random.choice((b"junk", b"x" * 9_000)))
            return
        raw = self._queue.redis.lindex("celery", self._random.randint(0, 60))
        if raw is not None:
            self._queue.redis.lrem("celery", 1, cast("str", raw))


def told(reading: BrokerReading) -> object:
    """Return what a reading says, but for what a single one cannot know."""
    return (
        sorted(map(repr, reading.sightings)),
        [(depth.queue, depth.ready) for depth in reading.depths],
        reading.messages_read,
        reading.skipped,
        reading.opaque,
    )


@pytest.mark.parametrize("stride", [5, 1000])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_remembered_is_told_as_if_it_were_read(
    queue: KombuQueue,
    reader: RedisBroker,
    seed: int,
    stride: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever was moved since, and whatever is wanted now that was not before."""
    monkeypatch.setattr(redis_list, "STRIDE", stride)
    random = Random(seed)
    mover = Mover(queue, random)
    for _ in range(25):
        mover.move()
        wanted = Wanted(timeline_ids=frozenset(random.sample(range(9), 4)))
        fresh = queue.reader(*QUEUES)
        assert told(reader.read(wanted)) == told(fresh.read(wanted))
        fresh.close()


def test_a_queue_that_hardly_changed_is_hardly_read(queue: KombuQueue, reader: RedisBroker) -> None:
    """Of two hundred messages two are new: the others are told by their tags."""
    wanted = Wanted(timeline_ids=frozenset({7}))
    for _ in range(200):
        queue.send_import(7, events=BIG)
    assert len(reader.read(wanted).sightings) == 200
    for _ in range(2):
        queue.send_import(7, events=BIG)
    queue.redis.config_resetstat()
    assert len(reader.read(wanted).sightings) == 202
    assert queue.redis.info("stats")["total_net_output_bytes"] < 40_000


def test_what_there_is_no_room_for_is_not_kept(
    queue: KombuQueue, reader: RedisBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is it missed: the order of messages is known without what they carry."""
    monkeypatch.setattr(remembered, "MOST_CHARACTERS", 1_000)
    monkeypatch.setattr(redis_list, "STRIDE", 3)
    for timeline in range(40):
        queue.send_import(timeline)
    for _ in range(3):
        assert len(reader.read(Wanted(timeline_ids=frozenset(range(40)))).sightings) == 40
        gc.collect()
        kept = [each.arguments for each in gc.get_objects() if isinstance(each, TaskMessage)]
        assert 0 < sum(map(len, kept)) <= 1_000


def test_a_message_taken_out_of_the_midst_is_missed(
    queue: KombuQueue, reader: RedisBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many are passed over at once only where none of them can have gone."""
    monkeypatch.setattr(redis_list, "STRIDE", 10)
    wanted = Wanted(timeline_ids=frozenset(range(100)))
    for timeline in range(100):
        queue.send_import(timeline)
    assert len(reader.read(wanted).sightings) == 100
    (raw,) = queue.redis.lrange("celery", 50, 50)
    queue.redis.lrem("celery", 1, cast("str", raw))
    for timeline in (7, 8):
        queue.send_import(timeline)
    assert len(reader.read(wanted).sightings) == 101


@pytest.mark.parametrize("again", [False, True])
def test_a_message_that_came_back_in_place_of_another_is_seen(
    queue: KombuQueue, reader: RedisBroker, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    """Workers that stop give messages back in another order, and not the ones they began with."""
    monkeypatch.setattr(redis_list, "STRIDE", 10)
    monkeypatch.setattr(redis_elements, "_WORK", 1)
    wanted = Wanted(timeline_ids=frozenset(range(100)))
    for timeline in range(100):
        queue.send_import(timeline)
    for length in range(60, 30, -1):
        queue.redis.ltrim("celery", 0, length - 1)
        if again:
            _give_back(queue, [cast("bytes", queue.redis.rpop("celery")) for _ in range(3)][::-1])
        prefetched = cast("bytes", queue.redis.rpop("celery"))
        assert len(reader.read(wanted).sightings) == length - 1
        last, _begun = (cast("bytes", queue.redis.rpop("celery")) for _ in range(2))
        _give_back(queue, [prefetched, last])
        fresh = queue.reader(*QUEUES)
        assert told(reader.read(wanted)) == told(fresh.read(wanted))
        fresh.close()


def _give_back(queue: KombuQueue, held: Sequence[bytes]) -> None:
    """Put messages back as kombu does."""
    for raw in held:
        message = json.loads(raw)
        message["headers"]["redelivered"] = True
        message["properties"]["delivery_info"]["redelivered"] = True
        queue.redis.rpush("celery", json.dumps(message))
