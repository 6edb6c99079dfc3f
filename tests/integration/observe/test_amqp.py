"""What a real RabbitMQ tells."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from celery import Celery

from exporter.demo.processes import free_port
from exporter.errors import BrokerUnreachableError, BrokerUrlError
from exporter.observe.amqp import OPAQUE, AmqpBroker
from exporter.observe.broker import open_broker
from exporter.observe.broker_check import check_broker
from exporter.observe.broker_url import BrokerOptions
from exporter.snapshot import QueueDepth, Wanted

if TYPE_CHECKING:
    from tests.servers.rabbitmq import RabbitMQ


def _send(url: str, queue: str) -> None:
    with Celery("tests", broker=url, set_as_default=False) as app:
        app.send_task("timesketch.lib.tasks.run_csv_jsonl", [], queue=queue)


def test_depths_are_told_and_messages_are_not(rabbitmq: RabbitMQ) -> None:
    """Ready messages are counted; that they cannot be looked at, makes the reading opaque."""
    _send(rabbitmq.url, "depths")
    _send(rabbitmq.url, "depths")
    broker = open_broker(BrokerOptions(rabbitmq.url, queues=("depths", "missing")))
    for _ in range(2):
        reading = broker.read(Wanted())
        assert reading.depths == (QueueDepth("depths", 2, None), QueueDepth("missing", None, None))
        assert reading.opaque == (OPAQUE,)
        assert reading.sightings == ()
    broker.close()
    broker.close()


def test_check_tells_the_server_and_its_queues(rabbitmq: RabbitMQ) -> None:
    """`check` names the product, each queue, and what stays unknown."""
    _send(rabbitmq.url, "checked")
    options = BrokerOptions(rabbitmq.url, queues=("checked", "missing"))
    found = {finding.name: finding for finding in check_broker(options)}
    assert found["broker"].text.startswith("RabbitMQ ")
    assert found["broker queue checked"].level == "ok"
    assert found["broker queue missing"].level == "warning"
    assert found["broker messages"].text == OPAQUE


def test_lost_connection_is_made_again(rabbitmq: RabbitMQ) -> None:
    """A connection that broke between two readings costs nothing."""
    broker = AmqpBroker(BrokerOptions(rabbitmq.url, queues=("none",)))
    broker.depths()
    broker._connection.sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001 - what a restart does
    assert broker.depths() == [("none", None)]
    broker.close()


def test_second_server_answers_for_the_first(rabbitmq: RabbitMQ) -> None:
    """Of several servers in a URL, the first that answers is asked."""
    url = f"amqp://guest:guest@127.0.0.1:{free_port()}//;{rabbitmq.url}"
    broker = AmqpBroker(BrokerOptions(url, queues=("none",)))
    assert broker.depths() == [("none", None)]
    broker.close()


def test_wrong_password_is_one_clear_line(rabbitmq: RabbitMQ) -> None:
    """A refused login is told without the password."""
    url = rabbitmq.url.replace("guest:guest", "guest:wrong-secret")
    broker = AmqpBroker(BrokerOptions(url))
    with pytest.raises(BrokerUnreachableError, match="refuses") as caught:
        broker.depths()
    assert "wrong-secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nobody_listening_is_told() -> None:
    """A refused connection is an error at the first reading."""
    options = BrokerOptions(f"amqp://127.0.0.1:{free_port()}//", timeout=1.0)
    with pytest.raises(BrokerUnreachableError, match="does not answer"):
        open_broker(options).read(Wanted())
    (finding,) = check_broker(options)
    assert finding.level == "failure"


def test_silent_server_costs_the_timeout() -> None:
    """A server that accepts and says nothing is given up after the timeout."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        broker = AmqpBroker(BrokerOptions(f"amqp://127.0.0.1:{port}//", timeout=0.2))
        with pytest.raises(BrokerUnreachableError, match="does not answer"):
            broker.depths()


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("amqp://127.0.0.1:notaport//", "not a broker URL that kombu understands"),
        ("sqs://key:secret@", "it can read redis://"),
        ("memory://", "it can read redis://"),
        ("nonsense", "it can read redis://"),
        ("", "it can read redis://"),
    ],
)
def test_wrong_url_is_told_before_connecting(url: str, match: str) -> None:
    """What cannot be read is refused with what could, and without secrets."""
    with pytest.raises(BrokerUrlError, match=match) as caught:
        open_broker(BrokerOptions(url))
    assert "secret" not in str(caught.value)
