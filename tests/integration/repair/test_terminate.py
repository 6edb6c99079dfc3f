"""A worker is told to terminate a task through every kind of broker; nothing stays behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis
from celery import Celery

from exporter.demo.processes import free_port
from exporter.errors import BrokerUnreachableError
from exporter.observe.broker_url import BrokerOptions
from exporter.repair.terminate import terminate
from tests.integration.observe.workers.real_workers import imports, start_worker, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.rabbitmq import RabbitMQ


def active(options: BrokerOptions) -> set[str] | None:
    """The tasks that run on w1, by Celery's own inspect; None if it does not answer."""
    app = Celery(broker=options.url, set_as_current=False)
    app.conf.broker_transport_options = dict(options.transport_options)
    with app:
        inspect: Any = app.control.inspect(destination=["w1@here"], timeout=2.0, limit=1)
        answer = inspect.active(safe=True)
    return {task["id"] for task in answer["w1@here"]} if answer else None


def end_one_of_two(options: BrokerOptions, directory: Path) -> None:
    """Terminate one of two imports that a worker runs; the other one runs on."""
    extra = options.transport_options
    with (
        start_worker("w1@here", options.url, directory, "-c2", transport_options=extra),
        imports(options.url, directory) as uploads,
    ):
        both = {uploads.send(1), uploads.send(2)}
        until(lambda: active(options) == both, timeout=60)
        end, stay = sorted(both)
        terminate(options, [end], "w0@here")
        terminate(options, [end], "w1@here")
        until(lambda: active(options) == {stay})


def test_redis(broker_url: str, tmp_path: Path) -> None:
    """Only the worker that is meant terminates it, and Redis holds no key more than before."""
    end_one_of_two(BrokerOptions(broker_url), tmp_path)
    with redis.Redis.from_url(broker_url) as client:
        client.flushall()
        terminate(BrokerOptions(broker_url), ["task"], "w1@here")
        assert client.keys() == []


def test_rabbitmq(rabbitmq: RabbitMQ, tmp_path: Path) -> None:
    """RabbitMQ hands the order on as well."""
    end_one_of_two(BrokerOptions(rabbitmq.url), tmp_path)


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away(scheme: str) -> None:
    """Nobody waits for the broker to come back: by then nobody means it any more."""
    options = BrokerOptions(f"{scheme}://user:secret@127.0.0.1:{free_port()}//", timeout=1.0)
    with pytest.raises(BrokerUnreachableError, match="does not answer") as caught:
        terminate(options, ["task"], "w1@here")
    assert "secret" not in str(caught.value)
