"""What the story needs of whatever shows it, and the words that every screen shares."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.demo.board import Board, Change


class Screen(Protocol):
    """Shows the story while it happens. `pause` is how long a spectator needs to read a scene."""

    pause: float

    def scene(self, text: str) -> None:
        """Announce what happens next."""

    def quote(self, text: str) -> None:
        """Show lines as they are, such as what a command printed."""

    def show(self, board: Board, changes: Sequence[Change]) -> None:
        """Show the present state and what has changed since the last call."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...


class StoryClock:
    """How long the demonstration has been going on."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __str__(self) -> str:
        """Seconds with one decimal, always as wide as `123.4 s`."""
        return f"{time.monotonic() - self._start:5.1f} s"
