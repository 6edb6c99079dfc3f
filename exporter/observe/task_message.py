"""What an import was sent with, kept so that the same task can be sent once more. Pure.

Only imports of files: the events of a stream lie inside its message, and are nobody's to keep.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from exporter.observe.timesketch_tasks import IMPORT_ARGUMENTS, short_name
from exporter.snapshot import TaskMessage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST = 32 * 1024
"""Most characters of JSON that are kept of a task's arguments, and of its chain.

A chain of fifty analyzers fits.
"""

_CUT = "..."
# What else a message may bring along. Timesketch sends none of it, so none is sent again.
_OTHER_LINKS = ("callbacks", "errbacks", "chord")


def from_queue(
    name: str,
    task_id: str,
    *,
    queue: str,
    args: Sequence[object],
    kwargs: Mapping[str, object],
    embed: object,
) -> TaskMessage | None:
    """What a message in the broker says of an import, its chain included; None for others."""
    links = embed if isinstance(embed, dict) else {}
    if not _is_import_of_file(name, args) or any(links.get(each) for each in _OTHER_LINKS):
        return None
    arguments, chain = _json([[*args], kwargs]), _json(links.get("chain") or [])
    if arguments is None or chain is None:
        return None
    return TaskMessage(task_id, name, queue, arguments, chain)


def from_worker(
    name: str, task_id: str, *, queue: str, args: object, kwargs: object
) -> TaskMessage | None:
    """What a worker says of an import that it holds: all but the chain.

    None where it cut anything: its short form puts `...` in place of what is too long.
    """
    if not isinstance(args, (list, tuple)) or not isinstance(kwargs, dict):
        return None
    if not _is_import_of_file(name, args) or _is_cut([*args, kwargs]):
        return None
    arguments = _json([[*args], kwargs])
    return None if arguments is None else TaskMessage(task_id, name, queue, arguments, None)


def _is_import_of_file(name: str, args: Sequence[object]) -> bool:
    """Whether all arguments stand in their places, with a path and without events."""
    expected = IMPORT_ARGUMENTS.get(short_name(name))
    return expected == len(args) and isinstance(args[0], str) and args[0] != "" and args[1] == ""


def _is_cut(value: object) -> bool:
    if isinstance(value, str):
        return value.endswith(_CUT)
    if isinstance(value, dict):
        return any(_is_cut(each) for pair in value.items() for each in pair)
    if isinstance(value, (list, tuple)):
        return any(_is_cut(each) for each in value)
    return not (value is None or isinstance(value, (bool, int, float)))


def _json(value: object) -> str | None:
    """As JSON; None if that is too long to be kept."""
    try:
        text = json.dumps(value)
    except RecursionError:
        return None
    return text if len(text) <= LONGEST else None
