"""What workers' events say about them, name by name: pure."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.snapshot import Heard

if TYPE_CHECKING:
    from collections.abc import Mapping

FORGET_AFTER = 24 * 3600.0
NAMES_AT_MOST = 10_000
_DEFAULT_INTERVAL = 2.0
_LONGEST_INTERVAL = 3600.0
_LARGEST_COUNT = 2**53
_LARGEST_LOAD = 1e6
_LATE = 0.25
"""A heartbeat counts as missed once so much of an interval is left until the next one is due."""


class Roll:
    """Every worker that was heard, until nothing is heard of it for a day.

    Only three events count: worker-heartbeat, worker-online, worker-offline. Anything else, and
    anything of another shape, is passed over.
    """

    def __init__(self) -> None:
        self._workers: dict[str, Heard] = {}
        self._last: dict[str, float] = {}
        # When each whose next heartbeat is awaited gave a sign of life last.
        self._awaited: dict[str, float] = {}

    def note(self, event: object, *, at: float, tick: float) -> None:
        """Take note of an event that came at `at` (Unix seconds) and `tick` (monotonic)."""
        if not isinstance(event, dict):
            return
        name, kind = event.get("hostname"), event.get("type")
        if not isinstance(name, str) or not name or len(name) > 1_000:  # noqa: PLR2004  no host's
            return
        changed = _after(self._workers.get(name) or Heard(name), kind, event, at=at, tick=tick)
        if changed is None:
            return
        changed = self._counted(changed, tick)
        if changed.offline_tick is None:
            self._awaited[name] = tick
        else:
            self._awaited.pop(name, None)
        # Taken out and put back in, so that the longest silent ones are the first.
        self._workers.pop(name, None)
        self._last.pop(name, None)
        self._workers[name] = changed
        self._last[name] = tick
        while len(self._workers) > NAMES_AT_MOST:
            self._drop(next(iter(self._workers)))

    def workers(self, *, tick: float) -> Mapping[str, Heard]:
        """Return what is known at `tick`, after forgetting who has been silent for a day."""
        for name in [name for name, last in self._last.items() if tick - last > FORGET_AFTER]:
            self._drop(name)
        return {name: self._counted(heard, tick) for name, heard in self._workers.items()}

    def deaf(self, *, tick: float) -> None:
        """Await nothing more: from `tick` on, or until it, nobody listened."""
        for name in self._awaited:
            self._workers[name] = self._counted(self._workers[name], tick)
        self._awaited.clear()

    def _counted(self, heard: Heard, tick: float) -> Heard:
        """With the heartbeats that were due by `tick` and did not come."""
        awaited_since = self._awaited.get(heard.worker)
        if awaited_since is None:
            return heard
        due = int((tick - awaited_since) / heard.interval + _LATE)
        return replace(heard, missed=heard.missed + due - 1) if due > 1 else heard

    def _drop(self, name: str) -> None:
        del self._workers[name]
        del self._last[name]
        self._awaited.pop(name, None)


def _after(
    heard: Heard, kind: object, event: Mapping[str, object], *, at: float, tick: float
) -> Heard | None:
    """Return what is known of a worker after an event; None if the event says nothing."""
    heard = replace(
        heard,
        interval=_interval(event.get("freq"), heard.interval),
        clock_offset=_offset(event.get("timestamp"), at),
        processed=_count(event.get("processed"), heard.processed),
        load=_load(event.get("loadavg"), heard.load),
    )
    if kind == "worker-heartbeat":
        return replace(
            heard, heartbeat_at=at, heartbeat_tick=tick, offline_tick=None, offline_active=None
        )
    if kind == "worker-online":
        return replace(heard, online_tick=tick, offline_tick=None, offline_active=None)
    if kind == "worker-offline":
        return replace(heard, offline_tick=tick, offline_active=_count(event.get("active"), None))
    return None


def _count(value: object, former: int | None) -> int | None:
    """Return how many of something an event tells, or what was known before."""
    return value if type(value) is int and 0 <= value <= _LARGEST_COUNT else former


def _load(
    value: object, former: tuple[float, float, float] | None
) -> tuple[float, float, float] | None:
    """Return the three load averages that an event tells, or what was known before."""
    match value:
        case [int() | float() as one, int() | float() as five, int() | float() as fifteen]:
            if all(0 <= each <= _LARGEST_LOAD for each in (one, five, fifteen)):
                return float(one), float(five), float(fifteen)
    return former


def _interval(freq: object, former: float) -> float:
    """Return the seconds between heartbeats that an event announces, if that makes sense."""
    if isinstance(freq, bool) or not isinstance(freq, (int, float)):
        return former
    return float(freq) if 0 < freq <= _LONGEST_INTERVAL else _DEFAULT_INTERVAL


def _offset(timestamp: object, at: float) -> float | None:
    """Return by how many seconds the worker's clock is ahead of ours."""
    if isinstance(timestamp, bool) or not isinstance(timestamp, (int, float)):
        return None
    try:
        offset = float(timestamp) - at
    except OverflowError:
        return None
    return offset if math.isfinite(offset) else None
