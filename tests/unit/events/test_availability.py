"""Availability is told of the time in which somebody listened."""

from __future__ import annotations

from exporter.events.availability import availability
from exporter.events.records import Beats, Stream, Watch

_MINUTE = 60.0


def beats(*minutes: int) -> list[Beats]:
    """Heartbeats in these minutes."""
    return [Beats("w", minute, 30, minute * _MINUTE + 59) for minute in minutes]


def listened(began: float, until: float) -> Watch:
    """Somebody listened from one minute to another."""
    return Watch(Stream.WORKERS, "host:1", began * _MINUTE, until * _MINUTE)


def test_minutes_without_a_heartbeat_count() -> None:
    """Two of five minutes without any is 60 percent."""
    found = availability(beats(10, 11, 14), [listened(0, 15)], since=0, until=15 * _MINUTE)
    assert (found.beating, found.minutes, found.share) == (3, 5, 0.6)


def test_minutes_in_which_nobody_listened_do_not_count() -> None:
    """The exporter's own absence is no worker's."""
    watches = [listened(0, 12), listened(17.5, 20)]
    found = availability(beats(10, 11, 18, 19), watches, since=0, until=20 * _MINUTE)
    assert (found.beating, found.minutes) == (4, 4)


def test_a_minute_that_is_not_over_does_not_count() -> None:
    """Nor one in which listening began or ended."""
    found = availability(beats(10, 11), [listened(0, 11.5)], since=0, until=11.5 * _MINUTE)
    assert (found.beating, found.minutes) == (1, 1)


def test_who_was_never_heard_has_no_availability() -> None:
    """Nothing is claimed of it."""
    assert availability([], [listened(0, 9)], since=0, until=9 * _MINUTE).share is None
