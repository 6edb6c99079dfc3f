"""Telling a Celery worker to terminate tasks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from celery import Celery
from kombu.exceptions import KombuError

from exporter.errors import BrokerUnreachableError
from exporter.observe.broker import is_redis
from exporter.urls import redact, without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from exporter.observe.broker_url import BrokerOptions

_EXPIRES_AFTER = 10.0


def terminate(
    options: BrokerOptions,
    task_ids: Collection[str],
    worker: str,
    *,
    clock: Callable[[], float] = time.time,
) -> None:
    """Have `worker` send SIGTERM to the processes of these tasks; whether it did, scans tell.

    What `Control.revoke(terminate=True)` sends, by a producer of our own: Celery's own sends it
    again and again until a lost broker is back, when nobody means it any more. No reply is asked
    for, so that nothing stays in the broker. Raises BrokerUnreachableError.
    """
    app = Celery(broker=options.url, set_as_current=False)
    bounds = {"socket_timeout": options.timeout, "socket_connect_timeout": options.timeout}
    own = bounds if is_redis(options.url) else {}
    connection: Any = app.connection_for_write(
        connect_timeout=options.timeout, transport_options={**own, **options.transport_options}
    )  # Any: kombu's stubs do not know the errors of a connection
    control: Any = app.control  # Any: celery's stubs leave its mailbox out
    exchange = control.mailbox.exchange
    order = {
        "method": "revoke",
        "arguments": {"task_id": [*task_ids], "terminate": True, "signal": "SIGTERM"},
        "destination": [worker],
        "pattern": None,
        "matcher": None,
    }
    try:
        with connection:
            connection.connect()
            connection.Producer(auto_declare=False).publish(
                order,
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
        message = f"the broker {without_password(options.url)} does not answer: {reason}"
        raise BrokerUnreachableError(message) from error
    finally:
        app.close()
