"""What is stored in the journal is what was written, or it is told to be damaged."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from exporter.errors import NotJournalError, let_go

if TYPE_CHECKING:
    from collections.abc import Callable

DAMAGE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a value raises that is none of ours."""

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
