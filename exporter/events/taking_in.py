"""From what a worker sent to a record. Pure; whatever has another shape is none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol, TypeGuard

from exporter.events.records import Kind, TaskEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KINDS: Mapping[str, Kind] = {f"task-{kind}": kind for kind in Kind}
LONGEST_NAME = 255
LONGEST_DETAIL = 300
_LATEST = 30.0
"""Workers keep events back for a second or so, and longer where the broker is slow; an event that
claims to be older than this is placed where it arrived."""


class Subject(Protocol):
    """What the arguments of a task name."""

    @property
    def timeline_id(self) -> int | None:
        """The timeline that is imported."""
        ...

    @property
    def analysis_id(self) -> int | None:
        """The analysis that is run."""
        ...


class Reader(Protocol):
    """Reads the short form of a task's arguments."""

    def __call__(self, task_name: str, args: str, kwargs: str) -> Subject | None:
        """What they name; None where that was cut off, or the task is a foreign one."""
        ...


def each_event(heard: object) -> Iterator[Mapping[str, object]]:
    """The events in a message, which holds one or a list of them."""
    for event in heard if isinstance(heard, list) else (heard,):
        if isinstance(event, dict):
            yield event


def task_event(
    event: Mapping[str, object],
    *,
    arrived: float,
    offsets: Mapping[str, float],
    reader: Reader,
) -> TaskEvent | None:
    """The record of a task's event that arrived then; None if it is none, or of a wrong shape.

    `offsets` are by how many seconds workers' clocks are ahead of ours, as far as they told.
    """
    named = event.get("type")
    kind = KINDS.get(named) if isinstance(named, str) else None
    task_id, worker, stamp = event.get("uuid"), event.get("hostname"), event.get("timestamp")
    if kind is None or not _is_name(task_id) or not _is_name(worker) or not _is_moment(stamp):
        return None
    at = moment(stamp, arrived=arrived, offset=offsets.get(worker))
    if kind is not Kind.RECEIVED and kind is not Kind.SENT:
        return TaskEvent(task_id, kind, worker, stamp, at, _detail(kind, event))
    name, args, kwargs = event.get("name"), event.get("args"), event.get("kwargs")
    if not _is_name(name):
        return TaskEvent(task_id, kind, worker, stamp, at)
    about = None
    if isinstance(args, str):
        about = reader(name, args, kwargs if isinstance(kwargs, str) else "{}")
    if about is None:
        return TaskEvent(task_id, kind, worker, stamp, at, None, name)
    return TaskEvent(
        task_id, kind, worker, stamp, at, None, name, about.timeline_id, about.analysis_id
    )


def moment(stamp: float, *, arrived: float, offset: float | None) -> float:
    """When something happened, by our clock.

    A worker's own time is used, less the offset of its clock, but not trusted: nothing happens
    after it was heard, and what would have been under way for too long counts from its arrival.
    """
    corrected = stamp - (offset or 0.0)
    return corrected if arrived - _LATEST <= corrected <= arrived else arrived


def printable(text: str) -> str:
    """A text from outside in one line, without what a database would refuse."""
    line = " ".join(text.split())
    return line if line.isprintable() else line.encode("unicode_escape").decode()


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


def _is_moment(value: object) -> TypeGuard[float]:
    return isinstance(value, float) and math.isfinite(value)


def _detail(kind: Kind, event: Mapping[str, object]) -> str | None:
    """What an event tells besides, in a few words."""
    if kind is Kind.SUCCEEDED:
        runtime = event.get("runtime")
        return f"{runtime:.1f} s" if isinstance(runtime, float) else None
    if kind is Kind.FAILED or kind is Kind.RETRIED:
        exception = event.get("exception")
        if isinstance(exception, str):
            return printable(exception)[:LONGEST_DETAIL] or None
    return None
