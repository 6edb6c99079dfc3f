"""What `check` tells about the broker, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import redis

from exporter.errors import SourceError
from exporter.observe.amqp import AmqpBroker
from exporter.observe.broker import open_broker
from exporter.observe.redis_link import connect
from exporter.snapshot import Finding, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exporter.observe.broker import Broker
    from exporter.observe.broker_url import BrokerOptions
    from exporter.observe.redis_link import RedisLink
    from exporter.snapshot import BrokerReading


def check_broker(options: BrokerOptions) -> Iterator[Finding]:
    """Yield a finding for each thing that the exporter needs of the broker.

    Raises `BrokerUrlError` for a URL that is wrong in itself.
    """
    broker = open_broker(options)
    try:
        if isinstance(broker, AmqpBroker):
            yield from _check_amqp(broker)
        else:
            yield from _check_redis(options, broker)
    finally:
        broker.close()


def _check_redis(options: BrokerOptions, broker: Broker) -> Iterator[Finding]:
    link = connect(options)
    try:
        with link.talking():
            link.client.ping()
        yield Finding("broker", "ok", f"{link.address} answers{_version(link)}")
        yield from _check_rights(link)
        reading = broker.read(Wanted())
    except SourceError as error:
        yield Finding("broker", "failure", str(error))
        return
    finally:
        link.close()
    yield from _check_queues(reading)


def _version(link: RedisLink) -> str:
    try:
        info = link.client.info("server")
    except redis.exceptions.ResponseError:
        return " (INFO is forbidden: its version and restarts stay unknown)"
    if "valkey_version" in info:
        return f" (Valkey {info['valkey_version']})"
    return f" (Redis {info.get('redis_version', 'of unknown version')})"


def _check_rights(link: RedisLink) -> Iterator[Finding]:
    with link.talking():
        yield _right(
            "broker CLIENT LIST",
            link.client.client_list,
            otherwise="a worker in warm shutdown is known by its last event only",
        )
        yield _right(
            "broker PUBLISH",
            lambda: link.client.publish(link.layout.check_channel, b""),
            otherwise="workers cannot be asked, so no scan will be complete",
            level="failure",
        )
        yield _scripts(link)
        bound = link.client.scard(link.layout.pidbox_binding_key)
    if bound:
        yield Finding("broker workers", "ok", f"{bound} workers are bound to the broadcast")
    else:
        yield Finding("broker workers", "warning", "no worker is bound to the broadcast: none runs")


def _right(
    name: str, use: Callable[[], object], *, otherwise: str, level: str = "warning"
) -> Finding:
    try:
        use()
    except redis.exceptions.ResponseError as error:
        return Finding(name, level, f"refused ({error}): {otherwise}")
    return Finding(name, "ok", "allowed")


def _scripts(link: RedisLink) -> Finding:
    client: Any = link.client  # for a method without types
    for command in ("EVAL_RO", "EVAL"):
        try:
            client.execute_command(command, "return 1", 0)
        except redis.exceptions.ResponseError:
            continue
        return Finding("broker scripts", "ok", f"{command} allowed")
    text = "EVAL is refused: long messages are fetched whole, which is slower"
    return Finding("broker scripts", "warning", text)


def _check_queues(reading: BrokerReading) -> Iterator[Finding]:
    for depth in reading.depths:
        text = f"{depth.ready} messages wait, {depth.unacked} are prefetched"
        yield Finding(f"broker queue {depth.queue}", "ok", text)
    for line in reading.opaque:
        yield Finding("broker messages", "warning", line)


def _check_amqp(broker: AmqpBroker) -> Iterator[Finding]:
    try:
        yield Finding("broker", "ok", f"{broker.server()} answers")
        reading = broker.read(Wanted())
    except SourceError as error:
        yield Finding("broker", "failure", str(error))
        return
    for depth in reading.depths:
        if depth.ready is None:
            yield Finding(f"broker queue {depth.queue}", "warning", "there is no such queue")
        else:
            yield Finding(f"broker queue {depth.queue}", "ok", f"{depth.ready} messages wait")
    for line in reading.opaque:
        yield Finding("broker messages", "warning", line)
