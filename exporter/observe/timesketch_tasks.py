"""What the arguments of Timesketch's Celery tasks say about which row a task works on.

Positions are those of `timesketch/lib/tasks.py`. They differ by task, so the name decides: the
third argument of an analyzer is its analysis, that of an import the timeline's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Imports, and with how many positional arguments `build_index_pipeline` sends them.
IMPORT_ARGUMENTS: Mapping[str, int] = {"run_csv_jsonl": 8, "run_plaso": 7}
ANALYZER = "run_sketch_analyzer"
CHAIN_HEAD = "run_sketch_init"
NAMES = frozenset({*IMPORT_ARGUMENTS, ANALYZER, CHAIN_HEAD})

_TIMELINE_POSITION = 5
_INDEX_POSITION = 3
#: The positional arguments of an import that tell what it works on.
TELLING = frozenset({_TIMELINE_POSITION, _INDEX_POSITION})

_DEEPEST = 50
# A row's id is an INTEGER in Timesketch. What is greater fits into no database, the history's too.
_LARGEST_ID = 2**31 - 1
_LONGEST_NUMBER = len(str(_LARGEST_ID))


class ShapeError(ValueError):
    """A task of Timesketch's name has arguments of another shape; the text says which."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The rows that a task names; each is None where the task names none of the kind."""

    timeline_id: int | None = None
    analysis_id: int | None = None
    sketch_id: int | None = None
    index_name: str | None = None


def short_name(task_name: str) -> str:
    """Return a task's name without its module, which installations may move."""
    return task_name.rpartition(".")[2]


def subject(task_name: str, args: Sequence[object], kwargs: Mapping[str, object]) -> Subject | None:
    """Return what a task that is queued or running works on, or None for a foreign task.

    Raises `ShapeError` if an import names no timeline or an analyzer no analysis: such a message
    may hide the very row that is looked for.
    """
    name = short_name(task_name)
    if name in IMPORT_ARGUMENTS:
        timeline = _argument(name, args, kwargs, _TIMELINE_POSITION, "timeline_id")
        index = _optional(args, kwargs, _INDEX_POSITION, "index_name")
        return Subject(timeline_id=_number(name, timeline), index_name=_text(index))
    if name == ANALYZER:
        analysis = _argument(name, args, kwargs, 2, "analysis_id")
        sketch = _optional(args, kwargs, 1, "sketch_id")
        return Subject(
            analysis_id=_number(name, analysis),
            sketch_id=sketch if type(sketch) is int and abs(sketch) <= _LARGEST_ID else None,
            index_name=_text(_optional(args, kwargs, 0, "index_name")),
        )
    if name == CHAIN_HEAD:
        names = _optional(args, kwargs, 0, "index_name_list")
        first = names[0] if isinstance(names, list) and names else names
        return Subject(index_name=_text(first))
    return None


def followers(embed: Mapping[str, object]) -> tuple[int, ...]:
    """Return the analyses that wait behind a task, next one first.

    `embed` is the third part of a message's body. Celery keeps a chain's rest there, last member
    first, and a chord's callback beside it; either may hold groups and chains in turn.
    An analysis that is found in several places waits once (Celery 5.4 repeats the body of a chord
    within a chain). Raises `ShapeError` if a member cannot be understood, or is an import:
    Timesketch puts imports at the head of a chain only, and a sighting has room for one timeline.
    """
    return tuple(dict.fromkeys(_behind(embed, links="callbacks", depth=0)))


def _behind(holder: Mapping[str, object], *, links: str, depth: int) -> Iterator[int]:
    if depth > _DEEPEST:
        raise ShapeError("its chain is nested too deeply")
    yield from _members(holder.get(links), depth)
    chain = holder.get("chain")
    yield from _members(chain[::-1] if isinstance(chain, list) else chain, depth)
    yield from _members(holder.get("chord"), depth)


def _members(signatures: object, depth: int) -> Iterator[int]:
    if not signatures:
        return
    for signature in signatures if isinstance(signatures, list) else [signatures]:
        yield from _member(signature, depth + 1)


def _member(signature: object, depth: int) -> Iterator[int]:
    if not isinstance(signature, dict) or not isinstance(signature.get("task"), str):
        raise ShapeError("its chain holds something that is no signature")
    name = short_name(signature["task"])
    args, kwargs = signature.get("args") or [], signature.get("kwargs") or {}
    options = signature.get("options") or {}
    if not (isinstance(args, list) and isinstance(kwargs, dict) and isinstance(options, dict)):
        raise ShapeError("its chain holds a signature of a wrong shape")
    if name in IMPORT_ARGUMENTS:
        raise ShapeError(f"{name} waits behind another task, where Timesketch puts none")
    if name == ANALYZER:
        # Not begun: Celery will put the predecessor's result, the index name, before these.
        position = 2 if signature.get("immutable") else 1
        number = _number(name, _argument(name, args, kwargs, position, "analysis_id"))
        if number is not None:
            yield number
    if signature["task"] in ("celery.group", "celery.chain"):
        yield from _members(kwargs.get("tasks"), depth)
    elif signature["task"] == "celery.chord":
        yield from _members(kwargs.get("header"), depth)
        yield from _members(kwargs.get("body"), depth)
    yield from _behind(options, links="link", depth=depth)


def _argument(
    name: str,
    args: Sequence[object],
    kwargs: Mapping[str, object],
    position: int,
    keyword: str,
) -> object:
    if keyword in kwargs:
        return kwargs[keyword]
    if position < len(args):
        return args[position]
    raise ShapeError(f"{name} without {keyword}")


def _optional(
    args: Sequence[object], kwargs: Mapping[str, object], position: int, keyword: str
) -> object:
    return (
        kwargs[keyword] if keyword in kwargs else args[position] if position < len(args) else None
    )


def _number(name: str, value: object) -> int | None:
    if (
        isinstance(value, str)
        and value.isascii()
        and value.isdigit()
        and len(value) <= _LONGEST_NUMBER
    ):
        value = int(value)
    if value is None or (type(value) is int and abs(value) <= _LARGEST_ID):
        return value
    raise ShapeError(f"{name} with an id that is no number")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
