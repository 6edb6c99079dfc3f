"""The budget: how many repairs an hour, counted from the journal. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HOUR = 3600.0


def remaining(granted_at: Iterable[float], now: float, budget: int) -> int:
    """How many repairs are still free; moments are Unix seconds."""
    return max(0, budget - len(_counted(granted_at, now)))


def free_at(granted_at: Iterable[float], now: float, budget: int) -> float | None:
    """When the next repair is free, if none is now; None where there never is one."""
    counted = _counted(granted_at, now)
    return counted[len(counted) - budget] + HOUR if budget > 0 else None


def _counted(granted_at: Iterable[float], now: float) -> list[float]:
    """What counts: less than an hour old, or of the future, should the clock have been put back."""
    return sorted(at for at in granted_at if now - at < HOUR)
