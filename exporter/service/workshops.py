"""The one workshop of a process, which its threads share: opened when needed, anew after a fault.

There must be one engine only: it knows which intents are being worked on in this process, and
would settle those of another as if a crash had left them.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from exporter.errors import ExporterError, JournalBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from exporter.service.repairing import Workshop

OPENING_SECONDS = 5.0
"""How long to wait while another thread opens the workshop; a journal's server may be silent."""


class Workshops:
    """Hands out what `open_workshop` opens.

    After an ExporterError in anybody's hands it is closed once nobody uses it, and opened anew for
    the next: a journal that was moved or came back is then found.
    """

    def __init__(self, open_workshop: Callable[[], AbstractContextManager[Workshop]]) -> None:
        self._open_workshop = open_workshop
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._workshop: Workshop | None = None
        self._users = 0
        self._broken = False

    @contextmanager
    def opened(self) -> Iterator[Workshop]:
        """The workshop; raises what opening it raises (JournalError, SettingsError)."""
        workshop = self._enter()
        try:
            yield workshop
        except ExporterError:
            self._broken = True
            raise
        finally:
            with self._lock:
                self._users -= 1
                if self._broken and not self._users:
                    self._close()

    def close(self) -> None:
        """Close it, if nobody uses it: who still does keeps it until the process ends."""
        with self._lock:
            if not self._users:
                self._close()

    def _enter(self) -> Workshop:
        if not self._lock.acquire(timeout=OPENING_SECONDS):
            raise JournalBusyError("the journal is being opened, and that takes long: ask again")
        try:
            if self._workshop is None:
                self._workshop = self._stack.enter_context(self._open_workshop())
            self._users += 1
            return self._workshop
        finally:
            self._lock.release()

    def _close(self) -> None:
        self._workshop = None
        self._broken = False
        self._stack.close()
