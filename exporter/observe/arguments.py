"""What a task works on, judging by its arguments as a worker tells them.

The rules are those of messages (`timesketch_tasks`); a worker's short form may be cut, though.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.observe.timesketch_tasks import NAMES, ShapeError, Subject, short_name, subject

if TYPE_CHECKING:
    from exporter.snapshot import Sighting, Wanted

_CUT = "..."


def is_timesketch(task_name: str) -> bool:
    """Whether a task is one of those that sightings are made of; others may share the broker."""
    return short_name(task_name) in NAMES


def concerns(about: Subject | Sighting, wanted: Wanted) -> bool:
    """Whether anything unfinished is named, so that a sighting of the task is worth keeping."""
    return (
        about.timeline_id in wanted.timeline_ids
        or about.analysis_id in wanted.analysis_ids
        or about.index_name in wanted.index_names
    )


def whole(task_name: str, args: object, kwargs: object) -> Subject | None:
    """Return what complete arguments name; None if they are not such a task's arguments."""
    if not isinstance(args, (list, tuple)) or not isinstance(kwargs, dict):
        return None
    try:
        return subject(task_name, args, kwargs)
    except ShapeError:
        return None


def short(task_name: str, args: str, kwargs: str) -> Subject | None:
    """Return what the short form of arguments names (`argsrepr`); None if that is cut off.

    Celery writes it with a repr of its own, which cuts at about 1 KB with `...` and escapes quotes
    but no backslashes (celery/utils/saferepr.py): a text with a backslash in it may read as other
    arguments than they were, so it counts as cut off rather than be trusted.
    """
    given, named = literal(args), literal(kwargs)
    if not isinstance(given, (list, tuple)):
        return None
    seen = list(given)
    if Ellipsis in seen:
        del seen[seen.index(Ellipsis) :]
    about = whole(task_name, seen, named if isinstance(named, dict) else {})
    if about is not None and about.index_name and about.index_name.endswith(_CUT):
        return replace(about, index_name=None)
    return about


def literal(text: str) -> object:
    """Return what the short form of arguments says; None for what cannot be trusted, as above."""
    if "\\" in text:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None
