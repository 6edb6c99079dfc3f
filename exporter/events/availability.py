"""For which share of the time a worker's heart beat, as far as anybody listened. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.events.gaps import watched
from exporter.events.records import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.events.records import Beats, Watch

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Availability:
    """Of so many `minutes` in which somebody listened throughout, a heart beat in `beating`."""

    minutes: int
    beating: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nobody listened."""
        return self.beating / self.minutes if self.minutes else None


def availability(
    beats: Sequence[Beats], watches: Sequence[Watch], *, since: float, until: float
) -> Availability:
    """The availability of a worker in a time, counted from when it was first heard in it."""
    minutes = {each.minute for each in beats if each.minute * _MINUTE >= since}
    if not minutes:
        return Availability(0, 0)
    heard = {
        minute
        for began, ended in watched(watches, Stream.WORKERS)
        for minute in range(
            max(-int(-began // _MINUTE), min(minutes)), int(min(ended, until) // _MINUTE)
        )
    }
    return Availability(len(heard), len(heard & minutes))
