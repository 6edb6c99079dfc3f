"""What is stored is what was written, or it is told to be damaged: SQLite keeps any type anywhere.

A disk or a hand may have changed single values while the file as a whole is sound.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from exporter.errors import NotJournalError, let_go

if TYPE_CHECKING:
    from collections.abc import Callable

DAMAGE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a value raises that is none of ours."""

# The last second of the year 9999, which is the last that can be told.
_LAST = 253_402_300_799

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")


def telling_damage(question: Callable[_Asked, _Answer]) -> Callable[_Asked, _Answer]:
    """Have a question raise NotJournalError where what is stored cannot be its answer."""

    @functools.wraps(question)
    def asked(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Answer:
        try:
            return question(*args, **kwargs)
        except DAMAGE as error:
            let_go(error)
            raise NotJournalError(
                f"the journal is damaged ({type(error).__name__}: {one_line(error)}); "
                "put a copy of the journal back"
            ) from error

    return asked


def one_line(error: Exception) -> str:
    """What an error says, in a line."""
    return " ".join(str(error).split())


def moment(value: object) -> float:
    """A moment in Unix seconds; raises ValueError for what is none."""
    if isinstance(value, (int, float)) and 0 <= value <= _LAST:
        return value
    raise ValueError(f"{value!r} is no moment")


def moment_or_none(value: object) -> float | None:
    """A moment that may not be known."""
    return None if value is None else moment(value)


def text(value: object) -> str:
    """A text; raises ValueError for what is none."""
    if isinstance(value, str):
        return value
    raise ValueError(f"{value!r} is no text")


def text_or_none(value: object) -> str | None:
    """A text that may be missing."""
    return None if value is None else text(value)


def number(value: object) -> int:
    """A whole number; raises ValueError for what is none."""
    if type(value) is int:
        return value
    raise ValueError(f"{value!r} is no whole number")


def number_or_none(value: object) -> int | None:
    """A whole number that may be missing."""
    return None if value is None else number(value)


def texts(value: object) -> tuple[str, ...]:
    """Several texts; raises ValueError for what they are not."""
    if isinstance(value, list):
        return tuple(map(text, value))
    raise ValueError(f"{value!r} are no texts")
