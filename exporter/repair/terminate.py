"""Telling Celery workers what to do about tasks: to terminate them, or never to begin them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from exporter.repair.broker_connection import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

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

    What `Control.revoke(terminate=True)` sends. Raises BrokerUnreachableError.
    """
    arguments = {"task_id": [*task_ids], "terminate": True, "signal": "SIGTERM"}
    _tell(options, arguments, [worker], clock)


def revoke(options: BrokerOptions, task_id: str, *, clock: Callable[[], float] = time.time) -> None:
    """Have every worker drop this task when it comes to it; one that runs goes on.

    Only workers that live now hear it. Raises BrokerUnreachableError.
    """
    _tell(options, {"task_id": [task_id], "terminate": False}, None, clock)


def _tell(
    options: BrokerOptions,
    arguments: Mapping[str, object],
    destination: Collection[str] | None,
    clock: Callable[[], float],
) -> None:
    """Send an order to some workers, or to all.

    By a producer of our own: Celery's sends it again and again until a lost broker is back, when
    nobody means it any more. No reply is asked for, so that nothing stays in the broker.
    """
    with writing(options) as (app, connection):
        control: Any = app.control  # Any: celery's stubs leave its mailbox out
        exchange = control.mailbox.exchange
        connection.Producer(auto_declare=False).publish(
            {
                "method": "revoke",
                "arguments": arguments,
                "destination": destination,
                "pattern": None,
                "matcher": None,
            },
            exchange=exchange.name,
            declare=[exchange],
            # Workers set their logical clock to the larger of theirs and this one.
            headers={"clock": 0, "expires": clock() + _EXPIRES_AFTER},
            serializer="json",
            retry=False,
        )
