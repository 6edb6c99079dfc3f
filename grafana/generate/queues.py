"""Panels about the broker's queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.generate.colours import steps
from grafana.generate.numbers import number
from grafana.generate.queries import Query
from grafana.generate.series import lines

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Panel

_AN_HOUR = 3600.0
_MESSAGES = 'timesketch_queue_messages{{..., queue=~"$queue", state="{}"}}'


def waiting() -> list[Panel]:
    """How much waits now, and who could take it."""
    return [
        number(
            "Ready",
            "Messages that wait to be taken, of all priorities and of the chosen queues.",
            Query(f"sum(max without (instance) ({_MESSAGES.format('ready')}))"),
        ),
        number(
            "Unacked",
            "Messages that a worker has taken and not begun. Those of a dead worker are handed out "
            "again after the broker's visibility timeout.",
            Query(f"sum(max without (instance) ({_MESSAGES.format('unacked')}))"),
        ),
        number(
            "Oldest message",
            "For how long the message that is next to go has been seen in its queue.",
            Query(
                "time() - min(\n"
                '  timesketch_queue_oldest_message_seen_timestamp_seconds{..., queue=~"$queue"}\n)',
                now=True,
            ),
            unit="s",
            colours=steps("green", (_AN_HOUR / 4, "orange"), (_AN_HOUR, "red")),
            without="none",
            runbooks=["TimesketchQueueNotDraining"],
        ),
        number(
            "Processes",
            "Processes in the pools of all workers that told: how many tasks they run at once.",
            Query(
                "sum(max without (instance) (\n"
                '  timesketch_worker_pool_processes{..., worker=~"$worker"}\n))'
            ),
        ),
    ]


def backlog() -> Panel:
    """How much waits over time."""
    return lines(
        "Messages by queue",
        "Ready messages wait to be taken, those of every priority counted; unacked ones have been "
        "taken and not begun.",
        Query(
            "sum by (queue, state) (max without (instance) (\n"
            '  timesketch_queue_messages{..., queue=~"$queue"}\n))',
            "{{queue}} {{state}}",
        ),
        stacked=True,
    )


def oldest() -> Panel:
    """For how long it has waited."""
    return lines(
        "Age of the oldest message",
        "For how long the message that is next to go has been seen in its queue. A line that only "
        "climbs means that nobody takes from the queue.",
        Query(
            "time() - min by (queue) (\n"
            '  timesketch_queue_oldest_message_seen_timestamp_seconds{..., queue=~"$queue"}\n)',
            "{{queue}}",
        ),
        unit="s",
        limit=_AN_HOUR,
    )
