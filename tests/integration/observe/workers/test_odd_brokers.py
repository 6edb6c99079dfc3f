"""Brokers that are set up otherwise: another database, key prefixes, fewer rights, RabbitMQ."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
import redis

from exporter.errors import BrokerPrivilegeError, BrokerUnreachableError
from exporter.observe.celery_listener import CeleryListener
from exporter.observe.celery_workers import CeleryWorkers
from exporter.observe.heartbeats import Heartbeats
from exporter.observe.listeners import RedisListener
from exporter.observe.orders import order
from exporter.observe.receiver import Receiver
from exporter.observe.redis_link import BrokerOptions, connect
from exporter.observe.workers import RedisWorkers
from exporter.observe.workers_check import check_workers
from exporter.snapshot import HeartbeatReading, Place
from tests.integration.observe.workers.audience import Listening
from tests.integration.observe.workers.real_workers import imports, start_worker, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exporter.demo.servers import Valkey
    from tests.servers.rabbitmq import RabbitMQ

PREFIX = {"global_keyprefix": "ts:"}


@pytest.fixture(scope="module")
def elsewhere(broker: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerOptions]:
    """Return the options of a broker in database 3 under a prefix, with a worker."""
    options = BrokerOptions(f"redis://127.0.0.1:{broker.port}/3", transport_options=PREFIX)
    directory = tmp_path_factory.mktemp("elsewhere")
    with start_worker("far@host", options.url, directory, "--pool=solo", transport_options=PREFIX):
        yield options


def test_another_database_and_a_prefix(elsewhere: BrokerOptions) -> None:
    """Workers answer, are bound, consume and beat wherever kombu's options put them."""
    link = connect(elsewhere)
    workers, heartbeats = RedisWorkers(link, timeout=1.0), Heartbeats(RedisListener(link))
    heartbeats.start()
    # It answers a moment before it consumes.
    reading = until(
        lambda: (now := workers.ask()).replies and len(now.consumers or ()) == 1 and now
    )
    assert [reply.worker for reply in reading.replies] == ["far@host"]
    assert reading.receivers == 1
    assert reading.bound == {"far@host"}
    until(lambda: "far@host" in heartbeats.read().workers)
    heartbeats.stop()
    workers.close()
    with redis.Redis.from_url(elsewhere.url) as client:
        assert not list(client.scan_iter(match="*timesketch-exporter*"))
    link.close()


@pytest.mark.usefixtures("elsewhere")
def test_database_0_has_nobody(broker: Valkey) -> None:
    """Workers of another database are none of this broker's."""
    link = connect(BrokerOptions(broker.url))
    workers = RedisWorkers(link, timeout=1.0)
    reading = workers.ask()
    assert (reading.receivers, reading.consumers, reading.replies) == (0, (), ())
    texts = [finding.text for finding in check_workers(workers, HeartbeatReading())]
    assert texts == ["no worker is connected to the broker"]
    workers.close()
    link.close()


@pytest.mark.usefixtures("elsewhere")
def test_without_client_list(broker: Valkey, caplog: pytest.LogCaptureFixture) -> None:
    """A user without CLIENT still gets answers; what is missing is said once, and in check."""
    with redis.Redis.from_url(broker.url) as admin:
        admin.acl_setuser(
            "reader",
            enabled=True,
            passwords=["+pw"],
            keys=["*"],
            channels=["*"],
            commands=["+@all", "-client"],
        )
    options = BrokerOptions(
        f"redis://reader:pw@127.0.0.1:{broker.port}/3", transport_options=PREFIX
    )
    link = connect(options)
    workers = RedisWorkers(link, timeout=1.0)
    with caplog.at_level(logging.WARNING):
        reading = until(lambda: (now := workers.ask()).replies and now)
    assert reading.consumers is None
    assert reading.receivers == 1
    assert [record.message.count("CLIENT LIST") for record in caplog.records] == [1]
    findings = [finding.text for finding in check_workers(workers, HeartbeatReading())]
    assert any("+client|list" in text for text in findings)
    workers.close()
    link.close()


def test_without_publish(broker: Valkey) -> None:
    """A user who must not ask is told so in one line."""
    with redis.Redis.from_url(broker.url) as admin:
        admin.acl_setuser(
            "mute", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all", "-publish"]
        )
    link = connect(BrokerOptions(f"redis://mute:pw@127.0.0.1:{broker.port}/0"))
    workers = RedisWorkers(link, timeout=1.0)
    with pytest.raises(BrokerPrivilegeError, match="publish"):
        workers.ask()
    (finding,) = check_workers(workers, HeartbeatReading())
    assert finding.level == "failure"
    workers.close()
    link.close()


def test_rabbitmq(rabbitmq: RabbitMQ, tmp_path: Path) -> None:
    """Behind RabbitMQ workers answer and beat as well; only nobody counts them.

    Asked for them, they send the events of their tasks.
    """
    options = BrokerOptions(rabbitmq.url)
    workers = CeleryWorkers(options, timeout=1.0)
    heartbeats = Heartbeats(CeleryListener(options))
    heartbeats.start()
    listening = Listening()
    tasks = Receiver(CeleryListener(options, "task"), listening, name="task events")
    tasks.start()
    with (
        start_worker("rabbit@host", rabbitmq.url, tmp_path, "-c", "1"),
        imports(rabbitmq.url, tmp_path) as uploads,
    ):
        until(lambda: listening.listens and workers.ask().replies)
        order(options, "enable_events", ["rabbit@host"], {})
        until(lambda: workers.ask().replies)  # a worker takes orders one after the other
        task = uploads.send(9)
        (reply,) = until(lambda: (now := workers.ask().replies) and now[0].active and now)
        (seen,) = reply.sightings
        assert (seen.task_id, seen.timeline_id, seen.place) == (task, 9, Place.ACTIVE)
        assert (reply.pool, reply.processes) == ("prefork", 1)
        reading = workers.ask()
        assert (reading.receivers, reading.consumers) == (None, None)
        until(lambda: workers.ask().replies and workers.queues_consumed() == {"celery"})
        until(lambda: "rabbit@host" in heartbeats.read().workers)
        uploads.let_go()
        until(lambda: listening.kinds(task) == ["task-received", "task-started", "task-succeeded"])
    tasks.stop()
    until(lambda: heartbeats.read().workers["rabbit@host"].offline_tick is not None)
    heartbeats.stop()
    workers.close()


@pytest.mark.parametrize("scheme", ["amqp", "redis"])
def test_nobody_there(scheme: str) -> None:
    """A broker that does not answer is one clear error without its password."""
    options = BrokerOptions(f"{scheme}://user:secret@127.0.0.1:1//", timeout=1.0)
    if scheme == "amqp":
        workers: CeleryWorkers | RedisWorkers = CeleryWorkers(options, timeout=1.0)
    else:
        workers = RedisWorkers(connect(options), timeout=1.0)
    with pytest.raises(BrokerUnreachableError) as caught:
        workers.ask()
    assert "secret" not in str(caught.value)
    workers.close()
