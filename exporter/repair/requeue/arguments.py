"""With what the task of a lost import is sent once more: as remembered, or as its rows tell. Pure.

Positions and names are those of `build_index_pipeline` in Timesketch's lib/tasks.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.observe.timesketch_tasks import followers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exporter.repair.requeue.upload import FileFound, Requeueing, Upload
    from exporter.repair.rows import TimelineRows
    from exporter.snapshot import TaskMessage

_MODULE = "timesketch.lib.tasks"
_QUEUE = "celery"
_PLASO = "plaso"
_CSV = "csv"
_JSON = frozenset({"jsonl", "json"})
_FILE, _INDEX, _TIMELINE = 0, 3, 5

_ASSUMED = "no header mapping, a comma as delimiter and no event filter are assumed, as asked for"


@dataclass(frozen=True, slots=True)
class Arguments:
    """A task's name, queue, arguments and chain (JSON both), and in words how they are known."""

    task_name: str
    queue: str
    arguments: str
    chain: str
    known: str


def arguments_of(
    upload: Upload, rows: TimelineRows, path: str, file: FileFound, how: Requeueing
) -> Arguments | str:
    """With what the import of this file is sent; or why that cannot be known."""
    message = _remembered(upload.messages, path, rows)
    if message is not None and message.chain is not None:
        known = f"its arguments and chain are those of task {message.task_id}, as it was seen"
        behind = followers({"chain": json.loads(message.chain)})
        if behind:
            known = f"{known}; behind it wait the analyses {', '.join(map(str, behind))}"
        return Arguments(message.task_name, message.queue, message.arguments, message.chain, known)
    if upload.waiting:
        ids = ", ".join(map(str, sorted(upload.waiting)))
        return (
            f"analyses wait that may be in the chain behind its import ({ids}), and no running "
            "serve saw that chain: repair it without --action requeue"
        )
    if message is not None:
        known = f"its arguments are those of task {message.task_id}, as a worker told them"
        return Arguments(message.task_name, message.queue, message.arguments, "[]", known)
    return _rebuilt(rows, path, file, how)


def _remembered(
    messages: Iterable[TaskMessage], path: str, rows: TimelineRows
) -> TaskMessage | None:
    """What the import of this very file was sent with; of several the one that tells most."""
    index = None if rows.index is None else rows.index.name
    about = (path, index, rows.timeline_id)
    fitting = [message for message in messages if _about(message) == about]
    return max(fitting, key=lambda message: message.chain is not None, default=None)


def _about(message: TaskMessage) -> tuple[object, object, object]:
    args = json.loads(message.arguments)[0]
    return args[_FILE], args[_INDEX], args[_TIMELINE]


def _rebuilt(rows: TimelineRows, path: str, file: FileFound, how: Requeueing) -> Arguments | str:
    if rows.index is None:
        return "it has no search index"
    # On disk the file has a name without an end; what it is, the name tells by which it came.
    kind = rows.data_sources[0].name.rpartition(".")[2]
    if kind == _PLASO:
        name, missing = "run_plaso", "an event filter"
        last: list[str | None] = [""]
    elif kind in _JSON or kind == _CSV:
        name, last, missing = "run_csv_jsonl", [None, ","], "a header mapping"
        if kind == _CSV:
            missing = "header mapping and delimiter"
    else:
        return f"nobody saw its task, and {rows.data_sources[0].name!r} tells no kind of file"
    known = kind in _JSON and file.speaks_for_itself
    if not known and not how.assume_defaults:
        return (
            f"{missing} given at its upload would be in no table, and no running serve saw its "
            "task: if there was none such, --assume-defaults says so"
        )
    args = [path, "", rows.name, rows.index.name, kind, rows.timeline_id, *last]
    told = "its arguments are rebuilt from its rows"
    why = "its first line has every field that Timesketch asks for, so nothing was mapped"
    return Arguments(
        f"{_MODULE}.{name}",
        _QUEUE,
        json.dumps([args, {}]),
        "[]",
        f"{told}: {why if known else _ASSUMED}",
    )
