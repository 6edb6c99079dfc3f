"""A connection by which something is sent to the broker, once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kombu.exceptions import KombuError

from exporter.errors import BrokerUnreachableError
from exporter.observe.broker import is_redis
from exporter.urls import redact, without_password

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery import Celery

    from exporter.observe.broker_url import BrokerOptions


@contextmanager
def writing(options: BrokerOptions) -> Iterator[tuple[Celery, Any]]:  # Any: see below
    """Connect, and disconnect at the end; raises BrokerUnreachableError, also for what is sent."""
    # Here, since few ever send anything, and Celery takes its time to be imported.
    from celery import Celery  # noqa: PLC0415

    app = Celery(broker=options.url, set_as_current=False)
    bounds = {"socket_timeout": options.timeout, "socket_connect_timeout": options.timeout}
    own = bounds if is_redis(options.url) else {}
    connection: Any = app.connection_for_write(
        connect_timeout=options.timeout, transport_options={**own, **options.transport_options}
    )  # Any: kombu's stubs do not know the errors of a connection
    try:
        with connection:
            connection.connect()
            yield app, connection
    except (
        *connection.connection_errors,
        *connection.channel_errors,
        KombuError,
        OSError,
    ) as error:
        reason = redact(" ".join(str(error).split())) or type(error).__name__
        message = f"the broker {without_password(options.url)} does not answer: {reason}"
        raise BrokerUnreachableError(message) from error
    finally:
        app.close()
