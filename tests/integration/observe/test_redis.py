"""What a real Redis holds, as real Celery and kombu put it there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from celery import chain

from exporter.errors import BrokerUnreachableError
from exporter.observe import redis_list
from exporter.snapshot import BrokerReading, Place, QueueDepth, Wanted
from tests.integration.observe.kombu_queue import PREFIX, KombuQueue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.demo.servers import Valkey
    from exporter.observe.redis import RedisBroker
    from exporter.snapshot import Sighting

LINE = '{"message": "a \\"quoted\\" path C:\\\\temp\\\\", "datetime": "2024"}\n'
SEVEN = Wanted(timeline_ids=frozenset({7}))


@pytest.fixture
def queue(broker_url: str) -> Iterator[KombuQueue]:
    """Return an empty queue."""
    with KombuQueue(broker_url) as made:
        yield made


@pytest.fixture
def reader(queue: KombuQueue) -> Iterator[RedisBroker]:
    """Return a reader of the queue's broker."""
    made = queue.reader()
    yield made
    made.close()


def _only(reading: BrokerReading) -> Sighting:
    (sighting,) = reading.sightings
    return sighting


def test_empty_broker_holds_nothing(reader: RedisBroker) -> None:
    """A queue that never existed is empty, and the broker tells which incarnation it is."""
    reading = reader.read(SEVEN)
    assert reading.sightings == ()
    assert reading.depths == (QueueDepth("celery", 0, 0),)
    assert reading.opaque == ()
    assert reading.incarnation
    assert reading.uptime is not None


def test_waiting_import_is_sighted_in_its_queue(queue: KombuQueue, reader: RedisBroker) -> None:
    """A message in a queue names its timeline and index."""
    task_id = queue.send_import(7)
    reading = reader.read(SEVEN)
    sighting = _only(reading)
    assert (sighting.place, sighting.where) == (Place.QUEUE, "celery")
    assert (sighting.task_id, sighting.task_name) == (task_id, PREFIX + "run_csv_jsonl")
    assert (sighting.timeline_id, sighting.index_name) == (7, "index")
    assert sighting.followers == ()
    assert reading.messages_read == {"celery": 1}


def test_prefetched_import_is_sighted_in_unacked(queue: KombuQueue, reader: RedisBroker) -> None:
    """A prefetched message tells since when it was delivered and when Redis may redeliver it."""
    queue.send_import(7)
    queue.prefetch()
    reading = reader.read(SEVEN)
    sighting = _only(reading)
    assert (sighting.place, sighting.where) == (Place.UNACKED, "celery")
    assert sighting.age is not None
    assert sighting.redelivers_in is not None
    assert sighting.age + sighting.redelivers_in == pytest.approx(3600)
    assert (reading.unacked_read, reading.depths[0].ready, reading.depths[0].unacked) == (1, 0, 1)


def test_prefetched_message_is_fetched_once(queue: KombuQueue, reader: RedisBroker) -> None:
    """What is known of `unacked` is not fetched again, and forgotten once it is gone."""
    queue.send_import(7)
    message = queue.prefetch()
    reader.read(SEVEN)
    queue.redis.config_resetstat()
    assert _only(reader.read(SEVEN)).timeline_id == 7
    commands = queue.redis.info("commandstats")
    assert "cmdstat_hget" not in commands
    assert "cmdstat_hstrlen" not in commands
    message.ack()
    assert reader.read(SEVEN).sightings == ()


def test_redelivery_of_a_known_message_is_noticed(queue: KombuQueue, reader: RedisBroker) -> None:
    """The same message, delivered again, says that it was redelivered."""
    queue.send_import(7)
    message = queue.prefetch()
    assert not _only(reader.read(SEVEN)).redelivered
    message.requeue()
    sighting = _only(reader.read(SEVEN))
    assert (sighting.place, sighting.redelivered) == (Place.QUEUE, True)
    queue.prefetch()
    sighting = _only(reader.read(SEVEN))
    assert (sighting.place, sighting.redelivered) == (Place.UNACKED, True)


def test_chain_is_sighted_by_its_analyses(queue: KombuQueue, reader: RedisBroker) -> None:
    """A message concerns the analyses that wait behind it."""
    members = [
        queue.app.signature(PREFIX + "run_sketch_init", args=(["index"],)),
        queue.app.signature(PREFIX + "run_sketch_analyzer", args=(1, 41, "one")),
        queue.app.signature(PREFIX + "run_sketch_analyzer", args=(1, 42, "two")),
    ]
    chain(*members, app=queue.app).apply_async()
    sighting = _only(reader.read(Wanted(analysis_ids=frozenset({42}))))
    assert sighting.followers == (41, 42)


def test_index_name_makes_a_message_relevant(queue: KombuQueue, reader: RedisBroker) -> None:
    """Whatever works on a wanted index is kept."""
    queue.send("run_sketch_analyzer", ["index", 1, 61, "one"])
    sighting = _only(reader.read(Wanted(index_names=frozenset({"index"}))))
    assert (sighting.analysis_id, sighting.sketch_id) == (61, 1)


def test_others_are_counted_and_not_kept(queue: KombuQueue, reader: RedisBroker) -> None:
    """Foreign tasks, garbage and imports of other timelines leave no sighting."""
    queue.send_import(8)
    queue.send("find_data_task", [1])
    queue.redis.lpush("celery", b"garbage")
    reading = reader.read(SEVEN)
    assert reading.sightings == ()
    assert reading.messages_read == {"celery": 3}
    assert reading.skipped == 2
    assert reading.opaque == ()


def test_what_may_hide_a_timeline_is_opaque(queue: KombuQueue, reader: RedisBroker) -> None:
    """Imports that cannot be looked into are told in one line a kind."""
    queue.send_import(7, serializer="pickle")
    queue.send_import(7, serializer="pickle")
    (line,) = reader.read(SEVEN).opaque
    assert "run_csv_jsonl, one in application/x-python-serialize (2 times)" in line


def test_every_priority_is_read(queue: KombuQueue, reader: RedisBroker) -> None:
    """Each priority has a list of its own, and so has one that only a producer knows."""
    for priority in (0, 3, 6, 9):
        queue.send_import(7, priority=priority)
    with KombuQueue(queue.url, transport_options={"priority_steps": list(range(10))}) as other:
        other.send_import(7, priority=5)
    reading = reader.read(SEVEN)
    assert len(reading.sightings) == 5
    assert reading.depths[0].ready == 5


def test_bound_queue_is_read_unnamed(queue: KombuQueue, reader: RedisBroker) -> None:
    """A queue that settings do not name is found by its binding, under whatever exchange."""
    queue.send_import(7, queue="extra")
    assert _only(reader.read(SEVEN)).where == "extra"
    with queue.app.connection_for_write() as connection:
        producer = queue.app.amqp.Producer(connection)
        queue.send_import(
            7,
            producer=producer,
            exchange="uploads",
            routing_key="fast",
            declare=[queue.app.amqp.queues.new_missing("third")],
        )
    assert {depth.queue for depth in reader.read(SEVEN).depths} >= {"celery", "extra", "third"}


def test_queue_named_in_settings_is_read_unbound(queue: KombuQueue) -> None:
    """Settings may name a queue whose binding was lost."""
    queue.send_import(7)
    queue.redis.rename("celery", "lonely")
    queue.redis.delete("_kombu.binding.celery")
    reader = queue.reader("lonely")
    assert _only(reader.read(SEVEN)).where == "lonely"
    reader.close()


@pytest.mark.parametrize(
    "options",
    [
        {"global_keyprefix": "{ts*}:"},
        {"unacked_key": "u", "unacked_index_key": "ui", "sep": "|", "visibility_timeout": 60},
    ],
)
def test_transport_options_are_heeded(broker_url: str, options: dict[str, object]) -> None:
    """Keys are looked for where Celery's transport options put them."""
    with KombuQueue(broker_url, transport_options=options) as queue:
        queue.send_import(7, priority=3)
        queue.send_import(7)
        queue.prefetch()
        reader = queue.reader()
        places = sorted(sighting.place for sighting in reader.read(SEVEN).sightings)
        assert places == [Place.QUEUE, Place.UNACKED]
        reader.close()


def test_other_database_is_read(broker_url: str) -> None:
    """The URL's database number counts."""
    with KombuQueue(broker_url.replace("/0", "/5")) as queue:
        queue.send_import(7)
        reader = queue.reader()
        assert _only(reader.read(SEVEN)).timeline_id == 7
        reader.close()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("lines", [10, 100, 1000, 100_000])
def test_messages_of_every_length_are_read(
    queue: KombuQueue,
    lines: int,
    scripts: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Long messages among short ones are understood, in queue and `unacked`, cut or whole."""
    with queue.as_user("+@all", *([] if scripts else ["-eval", "-eval_ro"])) as url:
        reader = queue.reader(url=url)
        for timeline in (7, 7, 8):
            queue.send_import(timeline, events=LINE * lines)
            queue.send_import(timeline)
        queue.prefetch()
        reading = reader.read(SEVEN)
        reader.close()
    assert [sighting.timeline_id for sighting in reading.sightings] == [7, 7, 7, 7]
    assert reading.opaque == ()


def test_message_that_its_ends_do_not_tell_is_fetched_whole_once(
    queue: KombuQueue, reader: RedisBroker
) -> None:
    """Two long arguments need the whole message; its delivery tag spares that the next time."""
    args = ["", LINE * 9000, "n" * 300_000, "index", "csv", 7, None, ","]
    queue.send("run_csv_jsonl", args)
    for _ in range(40):
        queue.send_import(8, events=LINE * 200)
    assert _only(reader.read(SEVEN)).timeline_id == 7
    queue.redis.config_resetstat()
    assert _only(reader.read(SEVEN)).timeline_id == 7
    assert queue.redis.info("stats")["total_net_output_bytes"] < 600_000


def test_message_that_is_too_long_to_be_fetched_is_opaque(
    queue: KombuQueue, reader: RedisBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded: a giant whose ends do not tell enough may hide a timeline."""
    monkeypatch.setattr(redis_list, "LONGEST", 100_000)
    args = ["", LINE * 9000, "n" * 300_000, "index", "csv", 7, None, ","]
    for _ in range(2):
        queue.send("run_csv_jsonl", args)
    queue.prefetch()
    queue.send_import(7)
    reading = reader.read(SEVEN)
    assert _only(reading).place == Place.QUEUE
    assert len(reading.opaque) == 2
    assert "in queue celery cannot be looked into: one of 1 MiB" in reading.opaque[0]


def test_chains_of_many_analyzers_are_understood(queue: KombuQueue, reader: RedisBroker) -> None:
    """A tail that holds forty analyzers needs a longer window."""
    head = queue.app.signature(
        PREFIX + "run_csv_jsonl",
        args=("", LINE * 5000, "name", "index", "jsonl", 7, None, ","),
    )
    names = [f"analyzer_with_a_long_name_{number}" for number in range(40)]
    behind = [
        queue.app.signature(PREFIX + "run_sketch_analyzer", args=(1, 100 + number, name))
        for number, name in enumerate(names)
    ]
    for _ in range(3):
        chain(head, *behind, app=queue.app).apply_async()
        queue.send_import(8)
    sightings = reader.read(SEVEN).sightings
    assert [sighting.followers for sighting in sightings] == [tuple(range(100, 140))] * 3


def test_long_queue_is_read_in_portions(queue: KombuQueue, reader: RedisBroker) -> None:
    """Every one of thousands of messages is read, each once."""
    queue.send_import(8)
    (raw,) = queue.redis.lrange("celery", 0, -1)
    assert isinstance(raw, bytes)
    queue.redis.lpush("celery", *([raw] * 4999))
    queue.send_import(7)
    queue.redis.lpush("celery", *([raw] * 5000))
    reading = reader.read(SEVEN)
    assert reading.messages_read == {"celery": 10_001}
    assert _only(reading).timeline_id == 7


def test_key_of_another_type_is_opaque(queue: KombuQueue, reader: RedisBroker) -> None:
    """A key that is no queue does not end the reading of the others."""
    queue.send_import(7, priority=3)
    queue.redis.set("celery", "text")
    queue.redis.set("unacked", "text")
    reading = reader.read(SEVEN)
    assert _only(reading).timeline_id == 7
    assert reading.opaque == (
        "queue celery cannot be read: its key holds no list",
        "unacked cannot be read: its key holds no hash",
    )


def test_strange_entries_in_unacked_are_survived(queue: KombuQueue, reader: RedisBroker) -> None:
    """An entry without time of delivery, and one that is no message, do not hinder the others."""
    queue.send_import(7)
    queue.prefetch()
    queue.redis.delete("unacked_index")
    queue.redis.hset("unacked", "tag", "garbage")
    reading = reader.read(SEVEN)
    sighting = _only(reading)
    assert (sighting.age, sighting.redelivers_in) == (None, None)
    assert (reading.unacked_read, reading.skipped) == (2, 1)


def test_nothing_is_left_behind(queue: KombuQueue, reader: RedisBroker) -> None:
    """A reading changes no key."""
    queue.send_import(7)
    queue.send_import(8, events=LINE * 1000)
    queue.prefetch()
    before = _dump(queue)
    reader.read(SEVEN)
    assert _dump(queue) == before


def test_next_message_is_known_since_it_was_first_seen(
    queue: KombuQueue, reader: RedisBroker
) -> None:
    """The wait of the message that is next to go counts from the first reading that saw it."""
    assert reader.read(SEVEN).depths[0].oldest_seen is None
    queue.send_import(1)
    first = reader.read(SEVEN).depths[0].oldest_seen
    assert first is not None
    queue.send_import(2)
    assert reader.read(SEVEN).depths[0].oldest_seen == first
    queue.prefetch()
    second = reader.read(SEVEN).depths[0].oldest_seen
    assert second is not None
    assert second > first


def test_restarted_server_is_read_again(valkey: Valkey, queue: KombuQueue) -> None:
    """While Redis is away a reading fails with one clear line; once it is back, the next works."""
    reader = queue.reader(timeout=2.0)
    before = reader.read(SEVEN).incarnation
    valkey.stop()
    try:
        with pytest.raises(BrokerUnreachableError, match="does not answer"):
            reader.read(SEVEN)
    finally:
        valkey.start()
    assert reader.read(SEVEN).incarnation not in (None, before)
    reader.close()


def _dump(queue: KombuQueue) -> dict[object, object]:
    return {key: queue.redis.dump(key) for key in queue.redis.scan_iter()}


def test_few_rights_suffice(queue: KombuQueue) -> None:
    """Without CLIENT, INFO, MEMORY and scripts everything is still found."""
    queue.send_import(7, events=LINE * 1000)
    with queue.as_user("+@all", "-client", "-info", "-memory", "-eval", "-eval_ro") as url:
        reader = queue.reader(url=url)
        reading = reader.read(SEVEN)
        reader.close()
    assert _only(reading).timeline_id == 7
    assert reading.incarnation is None


def test_message_shape_of_the_installed_kombu_has_not_changed(queue: KombuQueue) -> None:
    """The parts of a message stand in the order that reading by the ends relies on."""
    queue.send_import(7)
    (raw,) = queue.redis.lrange("celery", 0, -1)
    assert next(iter(json.loads(raw))) == "body"
