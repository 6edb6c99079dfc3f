"""Telling Celery workers what to do about tasks: to terminate them, or never to begin them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from exporter.observe.orders import order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from exporter.observe.broker_url import BrokerOptions


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
    order(options, "revoke", [worker], arguments, clock=clock)


def revoke(options: BrokerOptions, task_id: str, *, clock: Callable[[], float] = time.time) -> None:
    """Have every worker drop this task when it comes to it; one that runs goes on.

    Only workers that live now hear it. Raises BrokerUnreachableError.
    """
    arguments = {"task_id": [task_id], "terminate": False}
    order(options, "revoke", None, arguments, clock=clock)
