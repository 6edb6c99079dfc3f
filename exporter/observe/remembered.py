"""What messages in queues were found to carry, so that most need not be read in the next scan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from exporter.observe.messages import Task

if TYPE_CHECKING:
    from exporter.observe.messages import Parsed

MOST = 250_000
"""So many messages are remembered; whatever is beyond is read anew each time."""
MOST_CHARACTERS = 8 * 1024 * 1024
"""And so much of what imports of files were sent with."""


class Remembered:
    """Messages by delivery tag and length.

    Kombu gives every message a tag of its own, and keeps it when it hands the message out again;
    but then the message says so and is longer. What a pass over the queues did not come across is
    forgotten with the next one.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._before: dict[str, tuple[int, Parsed]] = {}
        self._now: dict[str, tuple[int, Parsed]] = {}
        self._alike: dict[Any, Any] = {}
        self._characters = 0

    def __bool__(self) -> bool:
        """Whether anything may be known."""
        return bool(self._before)

    def turn(self) -> None:
        """Begin another pass over all queues."""
        self._before, self._now, self._alike = self._now, {}, {}
        self._characters = 0

    def find(self, tag: str, length: int) -> Parsed | None:
        """Return what a message carries, if it was read before."""
        found = self._before.get(tag)
        if found is None or found[0] != length:
            return None
        return found[1] if self._put(tag, found) else None

    def recall(self, tag: str) -> Parsed | None:
        """Return what a message carries that is certainly the one of the last pass."""
        found = self._before.get(tag)
        return None if found is None else self.find(tag, found[0])

    def keep(self, length: int, message: Parsed) -> Parsed:
        """Remember a message that was read in this pass; returns it as it is kept."""
        kept = self._sparing(message)
        if kept.delivery_tag:
            self._put(kept.delivery_tag, (length, kept))
        return kept

    def _put(self, tag: str, found: tuple[int, Parsed]) -> bool:
        """Take something over into this pass, if there is room for it."""
        sent = found[1].message if isinstance(found[1], Task) else None
        characters = 0 if sent is None else len(sent.arguments) + len(sent.chain or "")
        room = len(self._now) < self._most and self._characters + characters <= MOST_CHARACTERS
        if room and tag not in self._now:
            self._characters += characters
        if room:
            self._now[tag] = found
        return room

    def _sparing(self, message: Parsed) -> Parsed:
        """The same, sharing with other messages what they have in common."""
        if not isinstance(message, Task):
            return message
        return replace(
            message,
            routing_key=self._one(message.routing_key),
            task_name=self._one(message.task_name),
            subject=self._one(message.subject),
            followers=self._one(message.followers),
        )

    def _one(self, value: Any) -> Any:  # noqa: ANN401  whatever can be compared
        return self._alike.setdefault(value, value)
