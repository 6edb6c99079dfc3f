"""Machines have the right of way: a page that is being made stops while one waits for its answer.

Whatever is computed needs the interpreter, and there is only one. A machine's answer goes several
times from one thread to another; with a page in the making, each time would cost it a wait.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_SECONDS = 0.1
"""How long a page stops in all; a machine whose body never ends may not keep pages from people."""


class RightOfWay:
    """Who goes first. `taken` belongs to the event loop, `given` to the threads that make pages."""

    def __init__(self) -> None:
        self._machines = 0
        self._free = threading.Event()
        self._free.set()
        self._making = threading.Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """While a machine waits for its answer."""
        self._machines += 1
        self._free.clear()
        try:
            yield
        finally:
            self._machines -= 1
            if not self._machines:
                self._free.set()

    def given(self, pieces: Iterable[str]) -> Iterator[str]:
        """The pieces of one page at a time; between two of them machines go first."""
        patience = MOST_SECONDS
        with self._making:
            for piece in pieces:
                if self._machines and patience > 0:
                    stopped = time.monotonic()
                    self._free.wait(patience)
                    patience -= time.monotonic() - stopped
                yield piece
