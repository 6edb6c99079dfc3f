"""The series of the broker's queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.metrics import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.metrics.declaration import Family
    from exporter.metrics.published import Limits
    from exporter.snapshot import Judgement


def render(judgement: Judgement, limits: Limits, dropped: Family) -> Iterator[Family]:
    """Families of queues; a number that the broker does not tell has no series."""
    del limits, dropped  # queue names come from the settings and the workers' consumers: few
    messages = catalogue.QUEUE_MESSAGES.family()
    oldest = catalogue.QUEUE_OLDEST_MESSAGE_SEEN.family()
    for depth in judgement.queues:
        for state, count in (("ready", depth.ready), ("unacked", depth.unacked)):
            if count is not None:
                messages.add(count, queue=depth.queue, state=state)
        if depth.oldest_seen is not None:
            oldest.add(depth.oldest_seen, queue=depth.queue)
    yield messages
    yield oldest
