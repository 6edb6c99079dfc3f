"""Hearing events of one kind on one connection, until it breaks."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, Any, Literal, Protocol

from exporter.errors import BrokerUnreachableError
from exporter.observe import pidbox

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from exporter.observe.redis_link import RedisLink

# How long stopping may take at most, since one look at the connection lasts so long.
LOOK = 0.25
PING_EVERY = 5.0
PATIENCE = 10.0

Kind = Literal["worker", "task"]
"""What events are about. Each kind has a subscription of its own: task events may be many, a
subscriber that falls behind is cut off, and heartbeats must not be lost with them."""


class Listener(Protocol):
    """Hears events."""

    def listen(
        self,
        *,
        stopping: threading.Event,
        subscribed: Callable[[], None],
        heard: Callable[[object], None],
    ) -> None:
        """Listen until `stopping` is set; raises whatever breaks the connection.

        `subscribed` is called whenever a subscription begins: everything before it was missed.
        """
        ...


class RedisListener:
    """Subscribes to the channels on which kombu publishes events of a kind; leaves nothing behind.

    Where kombu is told to use one channel for all kinds, all kinds are heard.
    """

    def __init__(
        self,
        link: RedisLink,
        kind: Kind = "worker",
        *,
        ping_every: float = PING_EVERY,
        patience: float = PATIENCE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._kind = kind
        self._ping_every = ping_every
        self._patience = patience
        self._monotonic = monotonic

    def listen(
        self,
        *,
        stopping: threading.Event,
        subscribed: Callable[[], None],
        heard: Callable[[object], None],
    ) -> None:
        """Listen until `stopping` is set; raises `BrokerUnreachableError` when cut off."""
        with self._link.talking(), contextlib.closing(self._link.fresh_client()) as opened:
            client: Any = opened  # redis-py leaves pubsub() untyped
            pubsub = client.pubsub()
            with contextlib.closing(pubsub):
                pubsub.psubscribe(self._link.layout.events_of(self._kind))
                self._listen(pubsub, stopping=stopping, subscribed=subscribed, heard=heard)

    def _listen(
        self,
        pubsub: Any,  # noqa: ANN401  redis-py types cannot tell sync from async
        *,
        stopping: threading.Event,
        subscribed: Callable[[], None],
        heard: Callable[[object], None],
    ) -> None:
        pinged = answered = self._monotonic()
        while not stopping.is_set():
            message = pubsub.get_message(timeout=LOOK)
            now = self._monotonic()
            if message is not None:
                answered = now
                if message["type"] == "psubscribe":
                    # Comes again should redis-py ever reconnect by itself: then there was a gap.
                    subscribed()
                elif message["type"] == "pmessage":
                    heard(event(message["data"]))
            elif now - answered > self._patience:
                # No close ever comes from a host that is gone.
                message = f"the broker has not answered the event receiver for {self._patience:g} s"
                raise BrokerUnreachableError(message)
            if now - pinged > self._ping_every:
                pubsub.ping()
                pinged = now


def event(raw: object) -> object:
    """Return the event, or list of events, in a message of kombu's; None if it cannot be read."""
    if not isinstance(raw, bytes):
        return None
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return pidbox.decode_body(message) if isinstance(message, dict) else None
