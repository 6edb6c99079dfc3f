"""Sending a task to Celery's queue, as Timesketch's web application does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from exporter.observe.broker_connection import writing

if TYPE_CHECKING:
    from exporter.observe.broker_url import BrokerOptions
    from exporter.repair.changes import Requeue


def send(options: BrokerOptions, requeue: Requeue) -> None:
    """Send the task once; raises BrokerUnreachableError, after which it may have been sent."""
    args, kwargs = json.loads(requeue.arguments)
    with writing(options) as (app, connection):
        app.send_task(
            requeue.task_name,
            args=args,
            kwargs=kwargs,
            task_id=requeue.task_id,
            chain=json.loads(requeue.chain) or None,
            queue=requeue.queue,
            connection=connection,
            retry=False,
        )
