"""The connection to a Redis that serves as Celery's broker."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import kombu
import redis
from kombu.utils.url import url_to_parts
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel

from exporter.errors import BrokerPrivilegeError, BrokerUnreachableError, BrokerUrlError
from exporter.observe.broker_url import (
    BrokerOptions,
    not_understood,
    scheme,
    without_password,
)
from exporter.observe.redis_layout import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["BrokerOptions", "Layout", "RedisLink", "connect", "own_connection_name"]

REDIS_SCHEMES = ("redis", "rediss", "sentinel", "socket")


def own_connection_name() -> str:
    """Return the name that the exporter's connections carry in CLIENT LIST."""
    return "timesketch-exporter"


@dataclass(frozen=True, slots=True)
class RedisLink:
    """A broker's client and the names of its keys; nothing is connected before the first command.

    `address` is the URL without password, for messages.
    """

    client: redis.Redis
    layout: Layout
    address: str
    open_client: Callable[[], redis.Redis]

    def fresh_client(self) -> redis.Redis:
        """Return a client with connections of its own, for a subscription; the caller closes it."""
        return self.open_client()

    def close(self) -> None:
        """Close the shared client's connections."""
        self.client.close()

    @contextmanager
    def talking(self) -> Iterator[None]:
        """Turn whatever the driver raises inside into an error that an operator can act on.

        Raises `BrokerPrivilegeError` if the server forbids a command, `BrokerUnreachableError`
        for everything else.
        """
        try:
            yield
        except redis.exceptions.NoPermissionError as error:
            message = f"the broker {self.address} forbids the exporter a command: {error}"
            raise BrokerPrivilegeError(message) from error
        except redis.exceptions.AuthenticationError as error:
            message = f"the broker {self.address} refused the login: {error}"
            raise BrokerUnreachableError(message) from error
        except MasterNotFoundError as error:
            # redis-py's own text holds the repr of every sentinel's client.
            message = f"the sentinels of {self.address} do not answer or know no such master"
            raise BrokerUnreachableError(message) from error
        except redis.exceptions.ResponseError as error:
            message = f"the broker {self.address} refuses: {_one_line(error)}"
            raise BrokerUnreachableError(message) from error
        except (redis.exceptions.RedisError, OSError) as error:
            message = f"the broker {self.address} does not answer: {_one_line(error)}"
            raise BrokerUnreachableError(message) from error


def connect(options: BrokerOptions) -> RedisLink:
    """Prepare a link to the Redis that `options` name, as kombu would understand them.

    kombu itself reads URL and options, so that the exporter looks at the same server, database
    and keys as the workers. Raises `BrokerUrlError` if kombu cannot make sense of them.
    """
    channel = _unconnected_channel(options)
    try:
        parameters: dict[str, Any] = channel._connparams()  # noqa: SLF001 - kombu's only reading of the URL
        layout = _layout(channel, parameters["db"])
        sentinels = _sentinels(channel, options) if scheme(options.url) == "sentinel" else ()
        parameters = _bounded(parameters, options.timeout)
        if not sentinels:
            # Reveals unknown options now and not at the first command; does not connect.
            _unpooled(parameters)
    except BrokerUrlError:
        raise
    except Exception as error:  # kombu and redis-py raise many kinds for wrong values
        raise not_understood(options, error) from error

    def open_client() -> redis.Redis:
        if sentinels:
            return _client_by_sentinel(channel, sentinels, parameters)
        return redis.Redis.from_pool(redis.ConnectionPool(**parameters))

    return RedisLink(open_client(), layout, without_password(options.url), open_client)


def _unconnected_channel(options: BrokerOptions) -> Any:  # noqa: ANN401 - kombu is untyped here
    """Return kombu's channel for these options without running its constructor, which connects."""
    url = options.url
    if scheme(url) not in REDIS_SCHEMES:
        message = f"{without_password(url)} is not the URL of a Redis"
        raise BrokerUrlError(message)
    if url.lower().startswith("socket://"):
        url = f"redis+{url}"
    try:
        connection: Any = kombu.Connection(url, transport_options=dict(options.transport_options))
        transport = connection.transport
    except Exception as error:  # kombu raises many kinds for wrong URLs
        raise not_understood(options, error) from error
    channel = transport.Channel.__new__(transport.Channel)
    channel.connection = transport
    for name in channel.from_transport_options:
        if name in options.transport_options:
            setattr(channel, name, options.transport_options[name])
    return channel


def _layout(channel: Any, db: int) -> Layout:  # noqa: ANN401 - kombu is untyped here
    fanout = channel.keyprefix_fanout
    if isinstance(channel.fanout_prefix, str) and channel.fanout_prefix:
        fanout = channel.fanout_prefix
    elif not channel.fanout_prefix:
        fanout = ""
    return Layout(
        db=db,
        prefix=channel.global_keyprefix or "",
        separator=channel.sep,
        priority_steps=tuple(int(step) for step in channel.priority_steps),
        unacked_name=channel.unacked_key,
        unacked_index_name=channel.unacked_index_key,
        fanout_prefix=fanout.format(db=db),
        fanout_patterns=bool(channel.fanout_patterns),
        visibility_timeout=float(channel.visibility_timeout),
    )


def _bounded(parameters: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Return connection parameters under which no command waits longer than `timeout`."""
    bounded = {name: value for name, value in parameters.items() if value is not None}
    bounded["socket_timeout"] = min(timeout, bounded.get("socket_timeout", timeout))
    if not issubclass(parameters["connection_class"], redis.UnixDomainSocketConnection):
        given = bounded.get("socket_connect_timeout", timeout)
        bounded["socket_connect_timeout"] = min(timeout, given)
    # The next scan is the retry; redis-py's own default waits for seconds in between.
    bounded["retry"] = Retry(NoBackoff(), 0)
    bounded["retry_on_timeout"] = False
    bounded["protocol"] = 2
    bounded["redis_connect_func"] = _greet
    bounded.pop("client_name", None)
    return bounded


def _greet(connection: Any) -> None:  # noqa: ANN401 - any of redis-py's connection classes
    """Log in and name the connection; a server that forbids CLIENT is served without a name."""
    connection.on_connect()
    connection.send_command("CLIENT", "SETNAME", own_connection_name(), check_health=False)
    try:
        connection.read_response()
    except redis.exceptions.ResponseError:
        return


def _unpooled(parameters: dict[str, Any]) -> object:
    of_pool = ("connection_class", "max_connections")
    of_connection = {name: value for name, value in parameters.items() if name not in of_pool}
    return parameters["connection_class"](**of_connection)


def _sentinels(channel: Any, options: BrokerOptions) -> tuple[tuple[str, int], ...]:  # noqa: ANN401
    if not getattr(channel, "master_name", None):
        message = (
            f"{without_password(options.url)} needs the transport option master_name: "
            "the name under which the sentinels know the broker"
        )
        raise BrokerUrlError(message)
    default_port = channel.connection.default_port
    client = channel.connection.client
    # A single sentinel is no alternate of kombu's, it is the connection's own address.
    urls = [url_to_parts(url) for url in client.alt]
    alternates = [(url.hostname, url.port or default_port) for url in urls if url.hostname]
    return tuple(alternates or [(client.hostname, client.port or default_port)])


def _client_by_sentinel(
    channel: Any,  # noqa: ANN401 - kombu is untyped here
    sentinels: tuple[tuple[str, int], ...],
    parameters: dict[str, Any],
) -> redis.Redis:
    """Return a client of the master that the sentinels name at each new connection."""
    of_master = {k: v for k, v in parameters.items() if k not in ("host", "port")}
    shared = ("socket_timeout", "socket_connect_timeout", "retry", "protocol")
    of_sentinels = {name: parameters[name] for name in shared}
    # redis-py's class has no types.
    sentinel_class: Any = Sentinel
    manager = sentinel_class(
        sentinels,
        min_other_sentinels=getattr(channel, "min_other_sentinels", 0),
        sentinel_kwargs={**of_sentinels, **(getattr(channel, "sentinel_kwargs", None) or {})},
        **of_master,
    )
    client: redis.Redis = manager.master_for(channel.master_name, redis.Redis)
    return client


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
