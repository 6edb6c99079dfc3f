"""Telling Celery workers to do something, without asking for an answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from exporter.observe.broker_connection import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from exporter.observe.broker_url import BrokerOptions

_EXPIRES_AFTER = 10.0


def order(
    options: BrokerOptions,
    method: str,
    workers: Collection[str] | None,
    arguments: Mapping[str, object],
    *,
    clock: Callable[[], float] = time.time,
) -> None:
    """Have these workers, or all, do what a method of Celery's remote control does.

    By a producer of our own: Celery's own sends an order again and again until a lost broker is
    back, when nobody means it any more. No reply is asked for, so that nothing stays in the broker.
    Raises BrokerUnreachableError.
    """
    message = {
        "method": method,
        "arguments": dict(arguments),
        "destination": None if workers is None else [*workers],
        "pattern": None,
        "matcher": None,
    }
    with writing(options) as (app, connection):
        control: Any = app.control  # Any: celery's stubs leave its mailbox out
        exchange = control.mailbox.exchange
        connection.Producer(auto_declare=False).publish(
            message,
            exchange=exchange.name,
            declare=[exchange],
            # Workers set their logical clock to the larger of theirs and this one.
            headers={"clock": 0, "expires": clock() + _EXPIRES_AFTER},
            serializer="json",
            retry=False,
        )
