"""How moments and durations are written in the reasons of verdicts."""

from __future__ import annotations

from datetime import UTC, datetime

# Up to two of the larger unit, the smaller one says more.
_TWO_MINUTES = 120
_TWO_HOURS = 7200


def clock_time(at: float) -> str:
    """A moment (Unix seconds) as `HH:MM:SS UTC`."""
    return datetime.fromtimestamp(at, tz=UTC).strftime("%H:%M:%S UTC")


def duration(seconds: float) -> str:
    """A duration as people say it: `12 s`, `3 min`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < _TWO_MINUTES:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    if whole < _TWO_HOURS:
        return f"{hours * 60 + minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
