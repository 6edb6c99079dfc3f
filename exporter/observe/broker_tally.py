"""Adding up what a reading of the broker finds, message by message; pure."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from exporter.observe.messages import Foreign, Parsed, Task, Unreadable
from exporter.snapshot import BrokerReading, Place, QueueDepth, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from exporter.snapshot import Wanted

#: What cannot be looked into is told in this many lines; the rest is counted.
_LINES = 10

Spot = tuple[Place, str]
"""Where a message was seen, and its delivery tag."""


class Tally:
    """Keeps what concerns the wanted rows, and counts the rest."""

    def __init__(
        self, wanted: Wanted, former: Mapping[Spot, Sighting] = MappingProxyType({})
    ) -> None:
        """`former` are the sightings of the last reading: what is as it was is not made again."""
        self.sightings: dict[Spot, Sighting] = {}
        self._wanted = wanted
        self._former = former
        self._opaque: Counter[str] = Counter()
        self._skipped = 0
        self._read: Counter[str] = Counter()
        self._unacked: Counter[str] = Counter()
        self._unacked_read = 0

    def waits(self, queue: str, message: Parsed) -> None:
        """Count a message that was found in a queue."""
        self._read[queue] += 1
        self._count(message, f"in queue {queue}")
        if isinstance(message, Task) and self._concerns(message):
            self._keep(message, Place.QUEUE, queue)

    def delivered(
        self, queue: str, message: Parsed, *, age: float | None, redelivers_in: float | None
    ) -> None:
        """Count a message that was found in `unacked`; times are seconds, None where unknown."""
        self._unacked_read += 1
        self._unacked[queue] += 1
        self._count(message, "in unacked")
        if isinstance(message, Task) and self._concerns(message):
            self._keep(message, Place.UNACKED, queue, age=age, redelivers_in=redelivers_in)

    def unread(self, what: str) -> None:
        """Note a place that could not be read at all."""
        self._opaque[what] += 1

    def reading(
        self,
        depths: Iterable[tuple[str, int, float | None]],
        *,
        incarnation: str | None = None,
        uptime: float | None = None,
    ) -> BrokerReading:
        """Return everything; `depths` are queue, messages ready and since when the next waits."""
        lines = [line if n == 1 else f"{line} ({n} times)" for line, n in self._opaque.items()]
        if len(lines) > _LINES:
            lines[_LINES:] = [f"and {len(lines) - _LINES} more kinds of unreadable messages"]
        return BrokerReading(
            sightings=tuple(self.sightings.values()),
            depths=tuple(
                QueueDepth(queue, ready, self._unacked[queue], oldest_seen)
                for queue, ready, oldest_seen in depths
            ),
            messages_read=dict(self._read),
            unacked_read=self._unacked_read,
            skipped=self._skipped,
            opaque=tuple(lines),
            incarnation=incarnation,
            uptime=uptime,
        )

    def queues_of_unacked(self) -> tuple[str, ...]:
        """Return the queues whose messages were found in `unacked`."""
        return tuple(sorted(self._unacked))

    def _count(self, message: Parsed, where: str) -> None:
        if isinstance(message, Foreign) or (isinstance(message, Unreadable) and not message.hides):
            self._skipped += 1
        elif isinstance(message, Unreadable):
            self._opaque[f"a message {where} cannot be looked into: {message.why}"] += 1

    def _concerns(self, task: Task) -> bool:
        about, wanted = task.subject, self._wanted
        return (
            about.timeline_id in wanted.timeline_ids
            or about.analysis_id in wanted.analysis_ids
            or about.index_name in wanted.index_names
            or not wanted.analysis_ids.isdisjoint(task.followers)
        )

    def _keep(
        self,
        task: Task,
        place: Place,
        where: str,
        *,
        age: float | None = None,
        redelivers_in: float | None = None,
    ) -> None:
        # A push during the reading shows an element twice; its delivery tag tells.
        key = place, task.delivery_tag or task.task_id
        if place == Place.QUEUE:
            former = self._former.get(key)
            # Whoever remembers a message has the very same text, not only an equal one.
            if former is not None and former.task_id is task.task_id and former.where == where:
                self.sightings[key] = former
                return
        self.sightings[key] = Sighting(
            task_id=task.task_id,
            task_name=task.task_name,
            place=place,
            where=where,
            timeline_id=task.subject.timeline_id,
            analysis_id=task.subject.analysis_id,
            sketch_id=task.subject.sketch_id,
            index_name=task.subject.index_name,
            followers=task.followers,
            age=age,
            redelivers_in=redelivers_in,
            redelivered=task.redelivered,
            message=task.message,
        )
