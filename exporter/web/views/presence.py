"""How available a worker was, over some times that end now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.events.availability import availability

if TYPE_CHECKING:
    from exporter.events.availability import Availability
    from exporter.events.history import History

TIMES = (("hour", 3600.0), ("day", 86_400.0), ("week", 7 * 86_400.0), ("30 days", 30 * 86_400.0))


@dataclass(frozen=True, slots=True)
class Presence:
    """A worker's availability over the last `time`."""

    time: str
    availability: Availability


def presence(history: History, worker: str, *, now: float) -> tuple[Presence, ...]:
    """The availability of a worker; raises HistoryError."""
    beats, watches = history.beats(worker, since=now - TIMES[-1][1])
    return tuple(
        Presence(name, availability(beats, watches, since=now - length, until=now))
        for name, length in TIMES
    )
