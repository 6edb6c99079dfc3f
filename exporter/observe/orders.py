"""Telling Celery workers to do something, without asking for an answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from celery import Celery
from kombu.exceptions import KombuError

from exporter.errors import BrokerUnreachableError
from exporter.observe.broker import is_redis
from exporter.urls import redact, without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from exporter.observe.broker_url import BrokerOptions

_EXPIRES_AFTER = 10.0


def order(
    options: BrokerOptions,
    method: str,
    workers: Collection[str],
    arguments: Mapping[str, object],
    *,
    clock: Callable[[], float] = time.time,
) -> None:
    """Have these workers do what a method of Celery's remote control does.

    By a producer of our own: Celery's own sends an order again and again until a lost broker is
    back, when nobody means it any more. No reply is asked for, so that nothing stays in the broker.
    Raises BrokerUnreachableError.
    """
    app = Celery(broker=options.url, set_as_current=False)
    bounds = {"socket_timeout": options.timeout, "socket_connect_timeout": options.timeout}
    own = bounds if is_redis(options.url) else {}
    connection: Any = app.connection_for_write(
        connect_timeout=options.timeout, transport_options={**own, **options.transport_options}
    )  # Any: kombu's stubs do not know the errors of a connection
    control: Any = app.control  # Any: celery's stubs leave its mailbox out
    exchange = control.mailbox.exchange
    message = {
        "method": method,
        "arguments": dict(arguments),
        "destination": [*workers],
        "pattern": None,
        "matcher": None,
    }
    try:
        with connection:
            connection.connect()
            connection.Producer(auto_declare=False).publish(
                message,
                exchange=exchange.name,
                declare=[exchange],
                # Workers set their logical clock to the larger of theirs and this one.
                headers={"clock": 0, "expires": clock() + _EXPIRES_AFTER},
                serializer="json",
                retry=False,
            )
    except (
        *connection.connection_errors,
        *connection.channel_errors,
        KombuError,
        OSError,
    ) as error:
        reason = redact(" ".join(str(error).split())) or type(error).__name__
        text = f"the broker {without_password(options.url)} does not answer: {reason}"
        raise BrokerUnreachableError(text) from error
    finally:
        app.close()
