"""One pass over one list of messages, from left to right, reading no more of each than is needed.

What an earlier pass remembers is recognised by delivery tag and length. The rest is read by ever
longer ends. Whatever stood at an index or behind it still does a moment later, since pushes only
move it further: so each portion may be asked for in a way of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.observe.messages import NeedsMore, Parsed, Unreadable, read_ends, read_message
from exporter.observe.redis_elements import ALL, CUTS, Element

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from exporter.observe.redis_elements import Portions
    from exporter.observe.remembered import Remembered

LONGEST = 16 * 1024 * 1024
"""A message longer than this (bytes) is never fetched whole: parsing takes several times as much
memory. Timesketch's own are understood by their ends."""
#: A portion in which fewer short readings than this succeeded, was not worth its reply.
_WORTH_IT = 32


def parse(element: Element, level: int) -> Parsed | NeedsMore:
    """Return what an element carries that was cut by `CUTS[level]`, or is whole."""
    if isinstance(element, bytes):
        return read_message(element)
    message = read_ends(element)
    if isinstance(message, NeedsMore) and level == len(CUTS) - 2 and element.length > LONGEST:
        size = element.length // 2**20
        return Unreadable(message.delivery_tag, None, f"one of {size} MiB, by its two ends")
    return message


class ListPass:
    """Goes through one list once; `accept` is called with every message in it."""

    def __init__(
        self, portions: Portions, remembered: Remembered, accept: Callable[[Parsed], None]
    ) -> None:
        self._portions = portions
        self._remembered = remembered
        self._accept = accept
        self._level = 0
        self._stay = self._patience = 1

    def run(self) -> None:
        """Read the whole list."""
        first, ended = 0, False
        while not ended:
            first, unknown = self._recognise(first)
            first, ended = self._read(first, unknown)

    def _recognise(self, first: int) -> tuple[int, int | None]:
        """Pass over what is remembered; returns where it ends, and how many follow that are not.

        None stands for all the rest: nothing is remembered, or the server tells no tags.
        """
        ahead = False
        while self._remembered and (portion := self._portions.tags(first, ahead=ahead)):
            known = unknown = 0
            for tag, length in portion:
                message = self._remembered.find(tag, length)
                if message is None:
                    unknown += 1
                elif unknown:
                    break
                else:
                    known += 1
                    self._accept(message)
            first += known
            if unknown:
                return first, unknown
            ahead = True
        return first, None

    def _read(self, first: int, count: int | None) -> tuple[int, bool]:
        """Read so many messages; returns where they end, and whether the list does too."""
        limit = ALL if count is None else count
        accepts_all = False
        while limit > 0:
            portion = self._portions.read(
                first,
                CUTS[self._level],
                limit=limit,
                ahead=count is None and accepts_all and not self._level,
            )
            if not portion:
                return first, True
            accepted = self._accepted(portion)
            first += accepted
            if count is not None:
                limit -= accepted
            accepts_all = accepted == len(portion)
            self._adapt(accepted, accepts_all=accepts_all)
        return first, False

    def _accepted(self, portion: Iterable[Element]) -> int:
        """Take what of a portion can be understood, up to the first that needs more."""
        accepted = 0
        for element in portion:
            message = parse(element, self._level)
            if isinstance(message, NeedsMore):
                break
            accepted += 1
            self._remembered.keep(_length(element), message)
            self._accept(message)
        return accepted

    def _adapt(self, accepted: int, *, accepts_all: bool) -> None:
        """Choose how much is shown of the next ones."""
        if not accepts_all:
            if self._level == 0:
                self._patience = self._patience * 2 if accepted < _WORTH_IT else 1
                self._stay = self._patience
            self._level += 1
        elif self._level:
            self._stay -= 1
            self._level = min(self._level, len(CUTS) - 2) if self._stay > 0 else 0


def _length(element: Element) -> int:
    return len(element) if isinstance(element, bytes) else element.length
