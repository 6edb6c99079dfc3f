"""From workers' answers to sightings: pure, and suspicious of every shape."""

from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.observe.arguments import is_timesketch, literal, short, whole
from exporter.observe.task_message import from_worker
from exporter.observe.timesketch_tasks import IMPORT_ARGUMENTS, short_name
from exporter.snapshot import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.observe.timesketch_tasks import Subject
    from exporter.snapshot import TaskMessage

PLACES = {
    "scheduled": Place.SCHEDULED,
    "reserved": Place.RESERVED,
    "active": Place.ACTIVE,
}


# A quote with an even number of backslashes before it.
_END_OF_STRING = re.compile(rb'(?<!\\)(?:\\\\)*"')


class WrongShapeError(ValueError):
    """A worker answered something that is no list of tasks, or reported an error of its own."""


@dataclass(frozen=True, slots=True)
class HeldTask:
    """A task that a worker says it holds. `started_at` is Unix seconds by the worker's clock.

    `about` is None if the task is none of Timesketch's, or if the answer was cut before it.
    """

    task_id: str
    task_name: str
    place: Place
    about: Subject | None
    started_at: float | None = None
    redelivered: bool = False
    message: TaskMessage | None = None

    @property
    def unclear(self) -> bool:
        """Whether it is a task of Timesketch's and its answer was cut before what it works on."""
        return self.about is None and is_timesketch(self.task_name)


@dataclass(frozen=True, slots=True)
class Details:
    """What changes seldom about a worker, from its `stats` and `active_queues`.

    `uptime` is seconds by the worker's clock at the exporter's `tick`. `prefetch_limit` 0 means
    unlimited.
    """

    tick: float
    uptime: float | None = None
    pool: str | None = None
    processes: int | None = None
    prefetch_limit: int | None = None
    pid: int | None = None


def tasks(method: str, answer: object) -> tuple[HeldTask, ...]:
    """Return the tasks in an answer to `scheduled`, `reserved` or `active`.

    Raises `WrongShapeError` if any of it is not what Celery sends: what cannot be read may be the
    very task that is looked for.
    """
    if isinstance(answer, dict) and "error" in answer:
        message = f"{method} failed in the worker: {str(answer['error'])[:200]}"
        raise WrongShapeError(message)
    if not isinstance(answer, list):
        message = f"{method} is no list of tasks"
        raise WrongShapeError(message)
    return tuple(_task(method, entry) for entry in answer)


def details(answer: object, *, tick: float) -> Details:
    """Return what a `stats` answer tells; what is missing or odd in it is None."""
    stats = answer if isinstance(answer, dict) else {}
    pool = stats.get("pool")
    pool = pool if isinstance(pool, dict) else {}
    implementation = pool.get("implementation")
    processes = pool.get("processes")
    count = len(processes) if isinstance(processes, list) else pool.get("max-concurrency")
    uptime = stats.get("uptime")
    return Details(
        tick=tick,
        uptime=_number(uptime),
        pool=_pool_name(implementation) if isinstance(implementation, str) else None,
        processes=_whole(count),
        prefetch_limit=_whole(stats.get("prefetch_count")),
        pid=_whole(stats.get("pid")),
    )


def queues(answer: object) -> frozenset[str]:
    """Return the names of the queues in an `active_queues` answer."""
    entries = answer if isinstance(answer, list) else []
    names = (entry.get("name") for entry in entries if isinstance(entry, dict))
    return frozenset(name for name in names if isinstance(name, str) and name)


def looked_up(answer: object) -> Mapping[str, Subject]:
    """Return what the tasks in a `query_task` answer work on, by task id."""
    found = {}
    for task_id, value in answer.items() if isinstance(answer, dict) else ():
        if not isinstance(value, (list, tuple)) or not value:
            continue
        try:
            about = _task("active", value[-1]).about
        except WrongShapeError:
            continue
        if about is not None:
            found[str(task_id)] = about
    return found


def looked_up_by_end(text: bytes) -> Subject | None:
    """Return what an import works on, by the end of the JSON text of a `query_task` answer.

    The text begins somewhere within the events, the second argument. That what follows the end of
    this string is valid JSON proves that it is the end of a string among the arguments; that so
    many arguments follow as an import has behind its events proves that it is that string.
    """
    begin = len(text) - len(text.lstrip(b"\\")) + 1
    end = _END_OF_STRING.search(text, begin)
    if end is None:
        return None
    try:
        rest = json.loads(b'{"": {"": ["", {"args": [""' + text[end.end() :])
    except (ValueError, RecursionError):
        return None
    try:
        task = rest[""][""][-1]
        name, args, kwargs = task["type"], task["args"], task["kwargs"]
        expected = IMPORT_ARGUMENTS[short_name(name)]
    except (KeyError, IndexError, TypeError, AttributeError):
        return None
    return whole(name, [None, *args], kwargs) if len(args) + 1 == expected else None


def _task(method: str, entry: object) -> HeldTask:
    if method == "scheduled" and isinstance(entry, dict):
        entry = entry.get("request")
    if not isinstance(entry, dict):
        message = f"{method} lists something that is no task"
        raise WrongShapeError(message)
    task_id, task_name = entry.get("id"), entry.get("name") or entry.get("type")
    if not isinstance(task_id, str) or not isinstance(task_name, str):
        message = f"{method} lists a task without id or name"
        raise WrongShapeError(message)
    started_at = entry.get("time_start")
    delivery = entry.get("delivery_info")
    delivery = delivery if isinstance(delivery, dict) else {}
    args, kwargs = entry.get("args"), entry.get("kwargs")
    return HeldTask(
        task_id=task_id,
        task_name=sys.intern(task_name),
        place=PLACES[method],
        about=_about(task_name, args, kwargs),
        started_at=_number(started_at),
        redelivered=delivery.get("redelivered") is True,
        message=_message(task_name, task_id, delivery.get("routing_key"), args, kwargs),
    )


def _message(
    task_name: str, task_id: str, queue: object, args: object, kwargs: object
) -> TaskMessage | None:
    if not isinstance(queue, str):
        return None
    if isinstance(args, str):
        args, kwargs = literal(args), literal(kwargs) if isinstance(kwargs, str) else {}
    return from_worker(task_name, task_id, queue=queue, args=args, kwargs=kwargs)


def _about(task_name: str, args: object, kwargs: object) -> Subject | None:
    if isinstance(args, str):
        return short(task_name, args, kwargs if isinstance(kwargs, str) else "{}")
    return whole(task_name, args, kwargs)


def _pool_name(implementation: str) -> str:
    """`celery.concurrency.prefork:TaskPool` is the pool `prefork`."""
    return implementation.partition(":")[0].rpartition(".")[2]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
