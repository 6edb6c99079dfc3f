"""Times of which nothing is known, from those that were watched. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from exporter.events.records import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exporter.events.records import Watch

NOT_RUNNING = "the exporter was not running"


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which streams were not watched, and why."""

    began_at: float
    until_at: float
    streams: tuple[Stream, ...]
    because: str


def gaps(watches: Sequence[Watch]) -> list[Gap]:
    """The gaps between watches, whoever watched; those of several streams at a time are one."""
    found = sorted(
        (gap for stream in Stream for gap in _of(stream, watches)), key=lambda gap: gap.began_at
    )
    merged: list[Gap] = []
    for gap in found:
        if merged and gap.began_at <= merged[-1].until_at:
            merged[-1] = _both(merged[-1], gap)
        else:
            merged.append(gap)
    return merged


def watched(watches: Sequence[Watch], stream: Stream) -> list[tuple[float, float]]:
    """The times in which somebody watched a stream, joined where they touch."""
    joined: list[tuple[float, float]] = []
    for watch in sorted(_only(watches, stream), key=lambda watch: watch.began_at):
        if joined and watch.began_at <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], watch.until_at))
        else:
            joined.append((watch.began_at, watch.until_at))
    return joined


def _of(stream: Stream, watches: Sequence[Watch]) -> Iterator[Gap]:
    times = watched(watches, stream)
    reasons = {watch.until_at: watch.because for watch in _only(watches, stream)}
    for (_, ended), (began, _) in pairwise(times):
        yield Gap(ended, began, (stream,), reasons.get(ended) or NOT_RUNNING)


def _only(watches: Sequence[Watch], stream: Stream) -> Iterator[Watch]:
    return (watch for watch in watches if watch.stream is stream)


def _both(one: Gap, other: Gap) -> Gap:
    streams = tuple(each for each in Stream if each in {*one.streams, *other.streams})
    because = one.because if one.because != NOT_RUNNING else other.because
    return Gap(one.began_at, max(one.until_at, other.until_at), streams, because)
