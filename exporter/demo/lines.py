"""The story as plain lines: for pipes, logs and terminals that know no control codes."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.demo.board import Board, Change
    from exporter.demo.screen import StoryClock

_WIDTH = 100
_INDENT = " " * 10
# Where the reasons tell more than the verdict itself.
_EXPLAINED = ("unknown", "suspect", "parked", "draining", "orphaned")


class LineScreen:
    """Prints each scene and each change of a timeline or worker once, under the address."""

    pause = 0.0

    def __init__(self, stream: TextIO, clock: StoryClock, address: str) -> None:
        self._stream = stream
        self._clock = clock
        self._address = address
        self._explained: set[str] = set()
        self._workers: dict[str, str] = {}
        self._analyses = "none"

    def scene(self, text: str) -> None:
        """Print the announcement, wrapped, behind the time."""
        self._explained.clear()
        # Flags are not to be broken, for somebody might type them.
        head, *rest = textwrap.wrap(text, _WIDTH - len(_INDENT), break_on_hyphens=False)
        self._print("")
        self._print(f"{self._clock}   {head}")
        for line in rest:
            self._print(_INDENT + line)

    def quote(self, text: str) -> None:
        """Print these lines, indented."""
        self._print("")
        for line in text.splitlines():
            self._print(f"     {line}".rstrip())

    def show(self, board: Board, changes: Sequence[Change]) -> None:
        """Print what changed; the reason for a verdict once a scene."""
        for name, state in board.workers:
            self._tell(name, self._workers.get(name), state)
            self._workers[name] = state
        for change in changes:
            row = change.row
            self._tell(f"{row.timeline_id:2} {row.name}", change.before, change.after)
            if change.after in _EXPLAINED and change.after not in self._explained:
                self._explained.add(change.after)
                self._print_wrapped(row.reason)
        analyses = ", ".join(f"{count} {verdict}" for verdict, count in board.analyses) or "none"
        self._tell("unfinished analyses", self._analyses, analyses)
        self._analyses = analyses

    def _tell(self, what: str, before: str | None, after: str) -> None:
        if before != after:
            transition = f"{before} → {after}" if before else after
            self._print(f"{self._clock}     {what:24}{transition}")

    def _print_wrapped(self, text: str) -> None:
        for line in textwrap.wrap(text, _WIDTH - len(_INDENT) - 5):
            self._print(f"{_INDENT}     {line}")

    def _print(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def __enter__(self) -> Self:
        self._print(f"timesketch-exporter demo   {self._address}/   {self._address}/metrics")
        return self

    def __exit__(self, *_: object) -> None: ...
