"""The printed rights on Redis are enough, and none of them is too many: tried one by one."""

from __future__ import annotations

import json
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING

import pytest
import redis

from exporter.errors import SourceError
from exporter.observe.broker_check import check_broker
from exporter.observe.listeners import RedisListener
from exporter.observe.orders import order
from exporter.observe.redis import RedisBroker
from exporter.observe.redis_link import BrokerOptions, connect
from exporter.observe.results import RedisResults
from exporter.observe.workers import RedisWorkers
from exporter.snapshot import Wanted
from tests.broker_user import denied, make_broker_user, rules
from tests.integration.observe.kombu_queue import KombuQueue
from tests.integration.observe.workers.real_workers import start_worker, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.demo.servers import Valkey

PREFIX = {"global_keyprefix": "ts:"}
LINES = rules(
    {
        "broker.url": "redis://127.0.0.1:1/3",
        "broker.transport-options": json.dumps(PREFIX),
        "results.transport-options": json.dumps(PREFIX),
    }
)
TAKEN_AWAY_FIRST = {"clearselectors", "resetkeys", "resetchannels", "-@all"}
RULES = [rule for rule in LINES[0][3:] if rule not in TAKEN_AWAY_FIRST]


@pytest.fixture(scope="module")
def url(broker: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker in database 3 under a prefix: a worker, and messages waiting and prefetched."""
    elsewhere = f"redis://127.0.0.1:{broker.port}/3"
    directory = tmp_path_factory.mktemp("worker")
    with (
        start_worker("w@host", elsewhere, directory, "--pool=solo", transport_options=PREFIX),
        KombuQueue(elsewhere, transport_options=PREFIX) as queue,
        redis.Redis.from_url(elsewhere) as client,
    ):
        until(lambda: client.smembers("ts:_kombu.binding.celery.pidbox"))
        # Nobody consumes a list of another priority than the workers' own.
        queue.send_import(1, queue="other")
        client.rename("ts:other", "ts:celery\x06\x165")
        client.delete("ts:_kombu.binding.other")
        message = client.lindex("ts:celery\x06\x165", 0)
        client.hset("ts:unacked", "a tag", json.dumps([json.loads(message or b""), "", "celery"]))
        client.zadd("ts:unacked_index", {"a tag": 1.0})
        yield elsewhere


def tour(url: str) -> None:
    """Do all that the exporter does in Redis, but for requeues, whatever of it is refused."""
    options = BrokerOptions(url, PREFIX, timeout=2.0)
    link = connect(options)
    reader, workers = RedisBroker(link, options.queues), RedisWorkers(link, timeout=1.0)
    results = RedisResults(url, PREFIX)
    for ask in (
        lambda: reader.read(Wanted()),
        lambda: reader.read(Wanted()),
        workers.ask,
        lambda: list(check_broker(options)),
        lambda: results.read(["a-task"]),
        lambda: results.read([]),
        lambda: order(options, "enable_events", ["w@host"], {}),
    ):
        with suppress(SourceError):
            ask()
    for kind in ("worker", "task"):
        subscribed = Event()
        with suppress(SourceError):
            RedisListener(link, kind).listen(
                stopping=subscribed, subscribed=subscribed.set, heard=print
            )
    workers.close()
    results.close()
    link.close()


def test_enough(url: str) -> None:
    """Nothing that the exporter asks for is refused."""
    tour(make_broker_user(url, LINES))
    assert denied(url) == set()


@pytest.mark.parametrize("rule", RULES)
def test_none_too_many(url: str, rule: str) -> None:
    """Without any single one of them the exporter asks for something that is refused."""
    fewer = [word for word in LINES[0] if word != rule]
    tour(make_broker_user(url, [fewer]))
    assert denied(url) != set()
