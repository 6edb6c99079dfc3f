"""Adding up what a reading of the broker finds, message by message; pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from exporter.observe.arguments import concerns
from exporter.observe.messages import Foreign, Parsed, Task, Unreadable
from exporter.snapshot import BrokerReading, Place, QueueDepth, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exporter.observe.remembered import Known
    from exporter.snapshot import Wanted

#: What cannot be looked into is told in this many lines; the rest is counted.
_LINES = 10


class Tally:
    """Keeps what concerns the wanted rows, and counts the rest."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        #: By place and delivery tag: a push during the reading shows a message twice.
        self._sightings: dict[Place, dict[str, Sighting]] = {Place.QUEUE: {}, Place.UNACKED: {}}
        self._opaque: Counter[str] = Counter()
        self._skipped = 0
        self._read: Counter[str] = Counter()
        self._unacked: Counter[str] = Counter()
        self._unacked_read = 0

    def wait(self, queue: str, messages: Sequence[Known]) -> None:
        """Count messages that were found in a queue."""
        self._read[queue] += len(messages)
        for known in messages:
            if isinstance(known.content, Sighting):
                self._keep(known.tag, known.content)
            else:
                self._count(known.content, f"in queue {queue}")

    def delivered(
        self, queue: str, message: Parsed, *, age: float | None, redelivers_in: float | None
    ) -> None:
        """Count a message that was found in `unacked`; times are seconds, None where unknown."""
        self._unacked_read += 1
        self._unacked[queue] += 1
        if isinstance(message, Task):
            sighting = message.seen(Place.UNACKED, queue, age=age, redelivers_in=redelivers_in)
            self._keep(message.delivery_tag, sighting)
        else:
            self._count(message, "in unacked")

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
            sightings=tuple(
                sighting for each in self._sightings.values() for sighting in each.values()
            ),
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

    def _count(self, message: Foreign | Unreadable, where: str) -> None:
        if isinstance(message, Foreign) or not message.hides:
            self._skipped += 1
        else:
            self._opaque[f"a message {where} cannot be looked into: {message.why}"] += 1

    def _keep(self, tag: str, sighting: Sighting) -> None:
        """Keep what concerns a wanted row, or has one behind it."""
        wanted = self._wanted
        behind = sighting.followers or ()
        if concerns(sighting, wanted) or not wanted.analysis_ids.isdisjoint(behind):
            self._sightings[sighting.place][tag or sighting.task_id] = sighting
