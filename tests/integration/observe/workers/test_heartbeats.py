"""Hearing a real worker's events through a real Valkey."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import pytest

from exporter.observe.celery_listener import CeleryListener
from exporter.observe.heartbeats import Heartbeats
from exporter.observe.listeners import Listener, RedisListener
from exporter.observe.redis_link import BrokerOptions, connect, own_connection_name
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


def in_time(beat: Heard) -> bool:
    """Whether a heartbeat was heard within a second, by clocks that are one and the same here."""
    return beat.clock_offset is not None and abs(beat.clock_offset) < 1.0


def test_hears_a_worker(heartbeats: Heartbeats) -> None:
    """A heartbeat tells when, how often, and how far the clocks are apart."""
    # On a busy machine a single heartbeat may take its time.
    beat = until(lambda: (found := heard(heartbeats)) and in_time(found) and found)
    reading = heartbeats.read()
    assert reading.listening_since_tick is not None
    assert reading.listening_since_tick <= beat.heartbeat_tick
    assert beat.interval == 2.0
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


@pytest.mark.parametrize("kind", ["redis", "celery"])
def test_stops_without_a_heartbeat(broker: Valkey, kind: str) -> None:
    """Stopping does not wait for the next heartbeat: in this database there is none."""
    quiet = BrokerOptions(f"redis://127.0.0.1:{broker.port}/5")
    link = connect(quiet)
    receiver = Heartbeats(RedisListener(link) if kind == "redis" else CeleryListener(quiet))
    receiver.start()
    until(lambda: receiver.read().listening_since_tick)
    receiver.stop()
    until(lambda: "heartbeats" not in {thread.name for thread in threading.enumerate()})
    link.close()


def test_leaves_nothing_behind(link: RedisLink, client: redis.Redis) -> None:
    """A subscription is in Redis only while it lasts."""

    # The worker subscribes too, and anew after each break.
    def subscriptions() -> list[int]:
        connected: list[dict[str, str]] = client.client_list(_type="pubsub")
        return [int(c["psub"]) for c in connected if c["name"] == own_connection_name()]

    until(lambda: subscriptions() == [])
    receiver = Heartbeats(RedisListener(link))
    receiver.start()
    until(lambda: subscriptions() == [1])
    receiver.stop()
    until(lambda: subscriptions() == [])


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
