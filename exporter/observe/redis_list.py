"""One pass over one list of messages, from left to right, reading no more of each than is needed.

What an earlier pass remembers is recognised by delivery tag and length, in a long list by one in a
thousand of them. The rest is read by ever longer ends. Whatever stood at an index or behind it
still does a moment later, since pushes only move it further: so each portion may be asked for in a
way of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.observe.messages import NeedsMore, Parsed, Unreadable, read_ends, read_message
from exporter.observe.redis_elements import ALL, CUTS, Element
from exporter.snapshot import Sighting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from exporter.observe.redis_elements import Portions
    from exporter.observe.remembered import Known, Remembered

LONGEST = 16 * 1024 * 1024
"""A message longer than this (bytes) is never fetched whole: parsing takes several times as much
memory. Timesketch's own are understood by their ends."""
STRIDE = 1000
"""So many messages of a long list are passed over at once where they stand as before."""
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
    """Goes through one list of a queue once; `accept` is called with all messages in it, in order.

    `size` is how many there were a moment ago, `before` are those of the last pass; afterwards
    `order` has those of this one, as far as they are remembered.
    """

    def __init__(
        self,
        portions: Portions,
        remembered: Remembered,
        queue: str,
        accept: Callable[[Sequence[Known]], None],
        *,
        size: int = 0,
        before: Sequence[Known] = (),
    ) -> None:
        self.order: list[Known] = []
        self._portions = portions
        self._remembered = remembered
        self._queue = queue
        self._accept = accept
        self._size = size
        self._before = before
        self._place: int | None = None
        self._level = 0
        self._stay = self._patience = 1

    def run(self) -> None:
        """Read the whole list."""
        ended = False
        while not ended:
            ended = self._read(self._recognise())

    def _take(self, messages: Sequence[Known]) -> None:
        self.order.extend(messages)
        self._accept(messages)

    def _recognise(self) -> int | None:
        """Pass over what is remembered; returns how many follow that are not.

        None stands for all the rest: nothing is remembered, or the server tells no tags.
        """
        ahead = False
        while self._remembered:
            while self._stride():
                ahead = False
            portion = self._portions.tags(len(self.order), ahead=ahead)
            if not portion:
                return None
            recognised: list[Known] = []
            unknown = 0
            for tag, length in portion:
                known = self._remembered.find(tag, length, self._queue)
                if known is None:
                    unknown += 1
                elif unknown:
                    break
                else:
                    recognised.append(known)
            self._take(recognised)
            if unknown:
                return unknown
            ahead = len(self.order) + STRIDE > self._size
        return None

    def _stride(self) -> bool:
        """Pass over many at once that stand where the last pass saw them, behind one another.

        Whoever sends or takes messages does so at the ends of a list. So if the message behind
        `STRIDE` others is the one that was there before and was never taken, these others are as
        well: had any been taken out from among them, it would stand nearer. One that was handed
        out again proves nothing, since others may have come back with it in place of its
        neighbours; kombu marks it.
        """
        here = self._place_before()
        ahead = len(self.order) + STRIDE - 1
        if here is None or here + STRIDE >= len(self._before) or ahead >= self._size:
            return False
        passed = self._before[here + 1 : here + STRIDE + 1]
        (found, *_) = self._portions.tags(ahead, limit=1) or (None,)
        if found is None or found.tag != passed[-1].tag:
            return False
        last = self._remembered.find(found.tag, found.length, self._queue)
        if last is None or not isinstance(last.content, Sighting) or last.content.redelivered:
            return False
        if not self._remembered.recall(passed):
            return False
        self._take(passed)
        self._place = here + STRIDE
        return True

    def _place_before(self) -> int | None:
        """Where the message that was taken last stood in the last pass."""
        if not self.order or not self.order[-1].tag or self._size - len(self.order) < STRIDE:
            return None
        tag = self.order[-1].tag
        if self._place is None or self._before[self._place].tag != tag:
            self._place = next(
                (n for n, known in enumerate(self._before) if known.tag == tag), None
            )
        return self._place

    def _read(self, count: int | None) -> bool:
        """Read so many messages, or all the rest; returns whether the list ends there."""
        limit = ALL if count is None else count
        accepts_all = False
        while limit > 0:
            portion = self._portions.read(
                len(self.order),
                CUTS[self._level],
                limit=limit,
                ahead=count is None and accepts_all and not self._level,
            )
            if not portion:
                return True
            accepted = self._accepted(portion)
            if count is not None:
                limit -= accepted
            accepts_all = accepted == len(portion)
            self._adapt(accepted, accepts_all=accepts_all)
        return False

    def _accepted(self, portion: Iterable[Element]) -> int:
        """Take what of a portion can be understood, up to the first that needs more."""
        accepted: list[Known] = []
        for element in portion:
            message = parse(element, self._level)
            if isinstance(message, NeedsMore):
                break
            accepted.append(self._remembered.keep(_length(element), message, self._queue))
        self.order.extend(map(self._remembered.kept, accepted))
        self._accept(accepted)
        return len(accepted)

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
