"""The points at which a repair can be struck: lines of the exporter, statements, commits."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, Pool, event

import exporter.repair

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from sqlalchemy import Connection

_CODE = str(Path(exporter.repair.__file__).parent)
_TIMESKETCH = re.compile(
    r"(INSERT INTO|DELETE FROM|UPDATE) (\w+_status|datasource|analysis)\b", re.ASCII
)


class Phase(StrEnum):
    """How far a repair was; a letter each."""

    IDLE = "i"
    INTENDED = "n"
    WRITING = "w"
    WRITTEN = "d"


@dataclass(frozen=True, slots=True)
class Point:
    """The point of this number among those of a kind.

    A kind is the letter of the phase, in capitals where it is not a line but a point of the
    databases': before or after a statement, after a transaction, and with `!` before a commit.
    """

    kind: str
    number: int


class Points:
    """Counts the points that are passed, by kind, and strikes at one of them.

    `strike` is called once, with that point in words.
    """

    def __init__(
        self, target: Point | None, strike: Callable[[str, Connection | None], None]
    ) -> None:
        self.passed: Counter[str] = Counter()
        self._target = target
        self._strike = strike
        self._phase = Phase.IDLE
        self._after_commit: Phase | None = None
        self._committing = False
        self._statement = ""

    def watch(self) -> None:
        """Count from now on, in this thread, for the rest of this process' life."""
        event.listen(Engine, "before_cursor_execute", self._before)
        event.listen(Engine, "after_cursor_execute", self._after)
        event.listen(Engine, "commit", self._commit)
        event.listen(Pool, "reset", self._reset)
        # Tracing doubles the time that all takes.
        if self._target is None or self._target.kind.islower():
            sys.settrace(self._trace)

    def _point(
        self,
        where: str,
        *,
        line: bool = False,
        commit: bool = False,
        connection: Connection | None = None,
    ) -> None:
        if self._committing:
            self._committing = False
            self._phase = self._after_commit or self._phase
            self._after_commit = None
        kind = self._phase.value if line else self._phase.value.upper() + "!" * commit
        point = Point(kind, self.passed[kind])
        self.passed[kind] += 1
        if point == self._target:
            sys.settrace(None)
            self._strike(f"{self._phase.name} {where}, last {self._statement!r}", connection)

    # The signatures are those of SQLAlchemy's events and of the interpreter's tracing.
    def _before(self, connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401
        self._statement = statement.strip()[:60]
        self._point("before a statement", connection=connection)

    def _after(self, connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401
        if statement.startswith("INSERT INTO repair "):
            self._after_commit = Phase.INTENDED
        elif statement.startswith("INSERT INTO outcome "):
            self._after_commit = Phase.IDLE
        elif _TIMESKETCH.match(statement):
            self._phase = Phase.WRITING
            self._after_commit = Phase.WRITTEN
        self._point("after a statement", connection=connection)

    def _commit(self, connection: Connection) -> None:
        self._point("before the commit", commit=True, connection=connection)
        self._committing = True

    def _reset(self, *_: object) -> None:
        self._point("after the transaction")

    def _trace(self, frame: FrameType, _event: str, _arg: object) -> Any:  # noqa: ANN401  a tracer
        return self._line if frame.f_code.co_filename.startswith(_CODE) else None

    def _line(self, frame: FrameType, what: str, _arg: object) -> Any:  # noqa: ANN401  a tracer
        if what == "line":
            name = Path(frame.f_code.co_filename).name
            self._point(f"at {name}:{frame.f_lineno}", line=True)
        return self._line
