"""What a RabbitMQ tells about Celery's queues: their depths, and nothing about their messages.

A message can be looked at in RabbitMQ only by taking it out of its queue. Nobody who merely
watches does that, so with this broker an absent timeline stays unknown, never orphaned.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import kombu
from amqp.exceptions import AccessRefused, AMQPError, NotFound

from exporter.errors import BrokerUnreachableError
from exporter.observe.broker_url import BrokerOptions, not_understood, without_password
from exporter.snapshot import BrokerReading, QueueDepth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.snapshot import Wanted

OPAQUE = "RabbitMQ does not let its messages be looked at: any of them may be the missing task"


class AmqpBroker:
    """Counts the ready messages of the named queues, over one connection that it keeps."""

    def __init__(self, options: BrokerOptions) -> None:
        self._queues = options.queues
        self._address = without_password(options.url)
        waits = {"read_timeout": options.timeout, "write_timeout": options.timeout}
        transport_options = {**options.transport_options, **waits}
        try:
            # Several servers may be joined by semicolons; each is tried in turn.
            self._servers: list[Any] = [
                kombu.Connection(
                    url, connect_timeout=options.timeout, transport_options=transport_options
                )
                for url in options.url.split(";")
            ]
            # Creating a transport reveals a wrong URL; it does not connect.
            self._transports = [server.transport for server in self._servers]
        except Exception as error:  # kombu raises many kinds for wrong URLs
            raise not_understood(options, error) from error
        self._connection: Any = None

    def read(self, wanted: Wanted) -> BrokerReading:  # noqa: ARG002 - as every broker is asked
        """Return the depths of the named queues; a queue that does not exist has no depth.

        Raises `BrokerUnreachableError`.
        """
        return BrokerReading(
            depths=tuple(QueueDepth(queue, depth, None) for queue, depth in self.depths()),
            opaque=(OPAQUE,),
        )

    def depths(self) -> list[tuple[str, int | None]]:
        """Return each named queue with the number of its ready messages; None: no such queue."""
        stale = self._connection is not None
        try:
            with self._talking():
                return [(queue, self._depth(queue)) for queue in self._queues]
        except BrokerUnreachableError:
            if not stale:
                raise
        # The server may have been restarted since the last reading.
        with self._talking():
            return [(queue, self._depth(queue)) for queue in self._queues]

    def server(self) -> str:
        """Return the server's product and version. Raises `BrokerUnreachableError`."""
        with self._talking():
            properties = self._connected().server_properties
        return f"{properties.get('product', 'AMQP')} {properties.get('version', '')}".strip()

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.collect()
            except (AMQPError, OSError):
                return

    def _depth(self, queue: str) -> int | None:
        channel = self._connected().channel()
        try:
            # Passive: asks, does not declare. Counts ready messages only.
            return int(channel.queue_declare(queue=queue, passive=True).message_count)
        except NotFound:
            return None
        finally:
            # The server closed it already where there is no such queue.
            if channel.is_open:
                channel.close()

    def _connected(self) -> Any:  # noqa: ANN401 - py-amqp is untyped
        if self._connection is not None:
            return self._connection
        failures: list[Exception] = []
        for transport in self._transports:
            try:
                # Without kombu's own retries, which wait for seconds in between.
                self._connection = transport.establish_connection()
            except (AMQPError, OSError) as error:
                failures.append(error)
            else:
                return self._connection
        raise failures[0]

    @contextmanager
    def _talking(self) -> Iterator[None]:
        try:
            yield
        except AccessRefused as error:
            self.close()
            message = f"the broker {self._address} refuses: {_one_line(error)}"
            raise BrokerUnreachableError(message) from error
        except (AMQPError, OSError) as error:
            self.close()
            message = f"the broker {self._address} does not answer: {_one_line(error)}"
            raise BrokerUnreachableError(message) from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
