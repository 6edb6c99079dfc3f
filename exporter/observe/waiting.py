"""Since when the next message of a queue has been waiting, as far as was seen; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: With more marks than this, every second one is given up, and times become less exact.
MOST = 1000


class Waiting:
    """Remembers, for one list, when which message was the newest.

    A message joins on one side and leaves on the other. Of the messages that were the newest at
    the times of former scans, the oldest one that is still there was first seen together with
    the one that is next to go: whatever came before has left. So a handful of marks replaces a
    memory of every message.
    """

    def __init__(self) -> None:
        self._marks: dict[str, float] = {}
        self._found: set[str] = set()
        self._newest: str | None = None

    def __len__(self) -> int:
        return len(self._marks)

    def begin(self) -> None:
        """Start another pass over the list, newest message first."""
        self._found, self._newest = set(), None

    def see(self, delivery_tags: Sequence[str]) -> None:
        """Take note of the next messages of the pass."""
        if self._newest is None and delivery_tags:
            self._newest = delivery_tags[0]
        self._found.update(self._marks.keys() & delivery_tags)

    def end(self, at: float) -> float | None:
        """Return when the message that is next to go was first seen, None for an empty list.

        `at` is the wall clock's time of this pass; so is what is returned.
        """
        while self._marks and (oldest := next(iter(self._marks))) not in self._found:
            del self._marks[oldest]
        if self._newest is None:
            return None
        self._marks.setdefault(self._newest, at)
        if len(self._marks) > MOST:
            self._marks = dict(list(self._marks.items())[::2])
        return next(iter(self._marks.values()))
