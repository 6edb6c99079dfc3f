"""Hearing a real worker's events through a real Valkey."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from exporter.observe.heartbeats import Heartbeats
from exporter.observe.listeners import CeleryListener, Listener, RedisListener
from exporter.observe.redis_link import BrokerOptions
from tests.integration.observe.workers.real_workers import start_worker, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    import redis

    from exporter.demo.servers import Valkey
    from exporter.observe.redis_link import RedisLink
    from exporter.snapshot import Heard

NAME = "beating@host"


@pytest.fixture(scope="module", autouse=True)
def worker(broker: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep a worker beating through all tests of this module."""
    directory = tmp_path_factory.mktemp("beating")
    with start_worker(NAME, broker.url, directory, "--pool=solo"):
        yield


@pytest.fixture(params=["redis", "celery"])
def listener(request: pytest.FixtureRequest, link: RedisLink, broker: Valkey) -> Listener:
    """Return either way to listen; both must hear the same."""
    if request.param == "redis":
        return RedisListener(link)
    return CeleryListener(BrokerOptions(broker.url))


@pytest.fixture
def heartbeats(listener: Listener) -> Iterator[Heartbeats]:
    """Return a receiver that listens."""
    receiver = Heartbeats(listener)
    receiver.start()
    yield receiver
    receiver.stop()


def heard(heartbeats: Heartbeats) -> Heard | None:
    """Return what is known of the worker once it has beaten."""
    known = heartbeats.read().workers.get(NAME)
    return known if known and known.heartbeat_tick is not None else None


def test_hears_a_worker(heartbeats: Heartbeats) -> None:
    """A heartbeat tells when, how often, and how far the clocks are apart."""
    beat = until(lambda: heard(heartbeats))
    reading = heartbeats.read()
    assert reading.listening_since_tick is not None
    assert reading.listening_since_tick <= beat.heartbeat_tick
    assert beat.interval == 2.0
    assert abs(beat.clock_offset) < 1.0
    assert beat.offline_tick is None


def test_hears_again_after_the_broker_was_away(heartbeats: Heartbeats, broker: Valkey) -> None:
    """While the broker is down nothing is listened to; when it is back, everything since anew."""
    first = until(lambda: heard(heartbeats))
    since = until(lambda: heartbeats.read().listening_since_tick)
    broker.kill()
    until(lambda: heartbeats.read().listening_since_tick is None)
    broker.start()
    until(lambda: (heartbeats.read().listening_since_tick or 0.0) > since)
    until(lambda: (now := heard(heartbeats)) and now.heartbeat_tick > first.heartbeat_tick)


def test_notices_a_subscription_that_was_cut(
    link: RedisLink, client: redis.Redis, broker: Valkey
) -> None:
    """A connection that the server closes (a subscriber that fell behind) is a gap."""
    receiver = Heartbeats(RedisListener(link))
    receiver.start()
    since = until(lambda: receiver.read().listening_since_tick)
    assert broker.process.alive()
    for connection in client.client_list(_type="pubsub"):
        client.client_kill_filter(_id=connection["id"])
    until(lambda: (receiver.read().listening_since_tick or 0.0) > since)
    receiver.stop()


def test_stops_within_a_second(heartbeats: Heartbeats) -> None:
    """Stopping does not wait for the next heartbeat."""
    until(lambda: heartbeats.read().listening_since_tick)
    began = time.monotonic()
    heartbeats.stop()
    assert time.monotonic() - began < 1.5


def test_leaves_nothing_behind(link: RedisLink, client: redis.Redis) -> None:
    """A subscription is in Redis only while it lasts."""
    before = client.pubsub_numpat()
    receiver = Heartbeats(RedisListener(link))
    receiver.start()
    until(lambda: client.pubsub_numpat() == before + 1)
    receiver.stop()
    until(lambda: client.pubsub_numpat() == before)


def test_notices_a_broker_that_says_nothing_any_more(link: RedisLink, broker: Valkey) -> None:
    """A server that is gone without a close is found out by its missing answer to a ping."""
    receiver = Heartbeats(RedisListener(link, ping_every=0.1, patience=1.0))
    receiver.start()
    until(lambda: receiver.read().listening_since_tick)
    broker.process.send(signal.SIGSTOP)
    try:
        until(lambda: receiver.read().listening_since_tick is None)
    finally:
        broker.process.send(signal.SIGCONT)
    until(lambda: receiver.read().listening_since_tick)
    receiver.stop()
