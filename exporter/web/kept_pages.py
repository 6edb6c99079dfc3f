"""Pages that were made a moment ago, for those who wait in a crowd to see the same."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from exporter.web.access import asker_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from starlette.types import Message, Scope

KEPT_SECONDS = 1.0
"""How old a page may be; less than what passes between two scans."""

MOST_KEPT = 32

_PLANS = "/plans"
_HTML = b"text/html"


class KeptPages:
    """The last pages, each for the one who asked for it alone.

    Whatever is done here may change any page: `forget` leaves none, not even those that are being
    made. Plans are not kept, since they are acted on as they were shown.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pages: dict[Hashable, tuple[float, Sequence[Message]]] = {}

    def get(self, scope: Scope) -> Sequence[Message]:
        """The messages of the page that is asked for; none if it is not here."""
        made_at, messages = self._pages.get(_key(scope), (0.0, ()))
        fresh = self._clock() - made_at <= KEPT_SECONDS
        return [_copy(message) for message in messages] if fresh else ()

    def keeping(self, scope: Scope) -> Callable[[Message], None]:
        """What takes the messages of an answer that begins to be made now, and keeps the page."""
        pages, began = self._pages, self._clock()
        messages: list[Message] = []

        def keep(message: Message) -> None:
            messages.append(_copy(message))
            if _is_whole_page(messages) and not scope["path"].startswith(_PLANS):
                if len(pages) >= MOST_KEPT:
                    pages.clear()
                pages[_key(scope)] = (began, messages)

        return keep

    def forget(self) -> None:
        """Keep nothing of what there was before now."""
        self._pages = {}


def _key(scope: Scope) -> Hashable:
    return asker_of(scope), scope["path"], scope["query_string"]


def _copy(message: Message) -> Message:
    """A message of its own: whoever passes one on may add to its headers."""
    return {**message, "headers": list(message.get("headers", ()))}


def _is_whole_page(messages: Sequence[Message]) -> bool:
    if len(messages) != 2:  # noqa: PLR2004  its head and its body
        return False
    head, body = messages
    kind = dict(head["headers"]).get(b"content-type", b"")
    return head["status"] == 200 and kind.startswith(_HTML) and not body.get("more_body")  # noqa: PLR2004
