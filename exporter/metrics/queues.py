"""The series of the broker's queues."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING

from exporter.metrics import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.metrics.declaration import Family
    from exporter.metrics.published import Limits
    from exporter.snapshot import Judgement, QueueDepth


def render(judgement: Judgement, limits: Limits, dropped: Family) -> Iterator[Family]:
    """Families of queues; a number that the broker does not tell has no series.

    Bindings in the broker name queues too, of other programs and of workers long gone.
    """
    dropped.add(max(0, len(judgement.queues) - limits.queues), metric=catalogue.QUEUE_MESSAGES.name)
    messages = catalogue.QUEUE_MESSAGES.family()
    oldest = catalogue.QUEUE_OLDEST_MESSAGE_SEEN.family()
    for depth in nsmallest(limits.queues, judgement.queues, key=_importance):
        for state, count in (("ready", depth.ready), ("unacked", depth.unacked)):
            if count is not None:
                messages.add(count, queue=depth.queue, state=state)
        if depth.oldest_seen is not None:
            oldest.add(depth.oldest_seen, queue=depth.queue)
    yield messages
    yield oldest


def _importance(depth: QueueDepth) -> tuple[int, str]:
    """The fullest first: what a limit should keep."""
    return (-(depth.ready or 0) - (depth.unacked or 0), depth.queue)
