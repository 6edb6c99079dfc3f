"""What messages in queues were found to carry, so that most need not be read in the next scan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from exporter.observe.messages import Foreign, Task, Unreadable
from exporter.snapshot import Place, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exporter.observe.messages import Parsed

MOST = 250_000
"""So many messages are remembered; whatever is beyond is read anew each time."""
MOST_CHARACTERS = 8 * 1024 * 1024
"""And so much of what imports of files were sent with."""

Content = Sighting | Foreign | Unreadable
"""What a message in a queue carries: a task of Timesketch's is kept as it is seen there."""


@dataclass(slots=True, eq=False)
class Known:
    """A message that was read: its delivery tag (empty if it shows none) and its length in bytes.

    `seen_in` is the number of the pass that came across it last.
    """

    tag: str
    length: int
    content: Content
    seen_in: int

    @property
    def characters(self) -> int:
        """How much of what it was sent with is kept."""
        sent = self.content.message if isinstance(self.content, Sighting) else None
        return 0 if sent is None else len(sent.arguments) + len(sent.chain or "")


FORGOTTEN = Known("", 0, Foreign("", "", ""), 0)
"""Stands for a message that there was no room for, where only the order of messages counts."""


class Remembered:
    """Messages by delivery tag and length.

    Kombu gives every message a tag of its own, and keeps it when it hands the message out again;
    but then the message says so and is longer. What a pass over the queues did not come across is
    forgotten with the next one.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: dict[str, Known] = {}
        self._pass = 0
        self._characters = 0
        self._alike: dict[Any, Any] = {}
        self._may_know = False

    def __bool__(self) -> bool:
        """Whether anything was known when this pass began."""
        return self._may_know

    def turn(self) -> None:
        """Begin another pass over all queues."""
        for known in [each for each in self._known.values() if each.seen_in != self._pass]:
            del self._known[known.tag]
            self._characters -= known.characters
        self._pass += 1
        self._alike = {}
        self._may_know = bool(self._known)

    def find(self, tag: str, length: int, queue: str) -> Known | None:
        """Return a message of this queue, if it was read before."""
        known = self._known.get(tag)
        if known is None or known.length != length:
            return None
        if isinstance(known.content, Sighting) and known.content.where != queue:
            return None
        known.seen_in = self._pass
        return known

    def recall(self, messages: Iterable[Known]) -> bool:
        """Take note that these stand where they did; returns whether all of them are remembered."""
        for known in messages:
            if self._known.get(known.tag) is not known:
                return False
            known.seen_in = self._pass
        return True

    def kept(self, known: Known) -> Known:
        """Return the message if it is remembered, else what stands for all others."""
        return known if self._known.get(known.tag) is known else FORGOTTEN

    def keep(self, length: int, message: Parsed, queue: str) -> Known:
        """Remember a message that was read in this pass, if there is room for it."""
        content = self._sparing(message, queue)
        known = Known(message.delivery_tag or "", self._one(length), content, self._pass)
        before = self._known.get(known.tag)
        characters = known.characters - (before.characters if before else 0)
        room = before is not None or len(self._known) < self._most
        if known.tag and room and self._characters + characters <= MOST_CHARACTERS:
            self._known[known.tag] = known
            self._characters += characters
        return known

    def _sparing(self, message: Parsed, queue: str) -> Content:
        """What it carries, sharing with other messages what they have in common."""
        if not isinstance(message, Task):
            return message
        sparing = replace(
            message,
            task_name=self._one(message.task_name),
            subject=self._one(message.subject),
            followers=self._one(message.followers),
        )
        return sparing.seen(Place.QUEUE, queue)

    def _one(self, value: Any) -> Any:  # noqa: ANN401  whatever can be compared
        return self._alike.setdefault(value, value)
