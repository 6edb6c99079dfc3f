"""What any broker can tell, and the choice of who asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from exporter.errors import BrokerUrlError
from exporter.observe.broker_url import BrokerOptions, scheme, without_password
from exporter.observe.redis import RedisBroker
from exporter.observe.redis_link import REDIS_SCHEMES, connect

if TYPE_CHECKING:
    from exporter.snapshot import BrokerReading, Wanted

__all__ = ["Broker", "BrokerOptions", "is_redis", "open_broker"]

AMQP_SCHEMES = ("amqp", "amqps", "pyamqp")
_SUPPORTED = "redis://, rediss://, redis+socket://, sentinel://, amqp:// and amqps://"


class Broker(Protocol):
    """Reads what a broker holds; changes nothing in it."""

    def read(self, wanted: Wanted) -> BrokerReading:
        """Return every queue, then the unacknowledged messages.

        Raises `BrokerUnreachableError` or `BrokerPrivilegeError`, within the options' timeout.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def is_redis(url: str) -> bool:
    """Say whether a broker's URL is that of a Redis, directly or through Sentinel."""
    return scheme(url) in REDIS_SCHEMES


def open_broker(options: BrokerOptions) -> Broker:
    """Return a reader of the broker; it connects at the first reading.

    Raises `BrokerUrlError` for a transport that the exporter cannot read, or a URL that kombu
    does not understand.
    """
    if is_redis(options.url):
        return RedisBroker(connect(options), options.queues)
    if scheme(options.url) in AMQP_SCHEMES:
        from exporter.observe.amqp import AmqpBroker  # noqa: PLC0415  few have it

        return AmqpBroker(options)
    raise BrokerUrlError(
        f"the broker URL {without_password(options.url)} is of a kind that the exporter cannot "
        f"read; it can read {_SUPPORTED}"
    )
