"""How the demonstration ends early: a signal is noted, and obeyed at the next quiet moment."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NAP = 0.25


class StoppedError(Exception):
    """Somebody pressed Ctrl-C or sent a signal that asks to end."""


class Stopping:
    """Notes the signals that ask to end, for as long as it is entered.

    An exception out of a signal handler could fall between the start of a process and the line
    that remembers to end it. So the handler does nothing but note, and those who wait ask.
    """

    def __init__(self) -> None:
        self._asked = False
        self._former = {number: signal.getsignal(number) for number in _SIGNALS}

    def nap(self) -> None:
        """Sleep for a moment; raises StoppedError if somebody has asked to end."""
        self.check()
        time.sleep(_NAP)
        self.check()

    def check(self) -> None:
        """Raise StoppedError if somebody has asked to end."""
        if self._asked:
            raise StoppedError

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)
