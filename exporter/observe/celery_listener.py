"""Hearing events over Celery's own connection, for brokers other than Redis."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import kombu
from celery import Celery

from exporter.observe.listeners import LOOK, PATIENCE

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from exporter.observe.broker_url import BrokerOptions
    from exporter.observe.listeners import Kind


class CeleryListener:
    """Hears events through kombu, from any broker that Celery knows.

    The queue that it declares is exclusive and deletes itself with the connection.
    """

    def __init__(self, options: BrokerOptions, kind: Kind = "worker") -> None:
        self._kind = kind
        self._app = Celery(broker=options.url, set_as_current=False)
        self._app.conf.broker_transport_options = dict(options.transport_options)
        self._timeout = options.timeout

    def listen(
        self,
        *,
        stopping: threading.Event,
        subscribed: Callable[[], None],
        heard: Callable[[object], None],
    ) -> None:
        """Listen until `stopping` is set; raises whatever the transport raises when cut off."""
        connection: Any = self._app.connection_for_read(
            connect_timeout=self._timeout, heartbeat=PATIENCE
        )
        with connection:
            connection.connect()
            receiver: Any = self._app.events.Receiver(connection, routing_key=f"{self._kind}.#")
            consumer: Any = kombu.Consumer(
                connection,
                queues=[receiver.queue],
                no_ack=True,
                accept=["json"],
                callbacks=[lambda body, _message: heard(body)],
                on_decode_error=lambda _message, _error: None,
            )
            with consumer:
                subscribed()
                while not stopping.is_set():
                    with contextlib.suppress(TimeoutError):
                        connection.drain_events(timeout=LOOK)
                    connection.heartbeat_check()
