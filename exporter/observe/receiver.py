"""A thread that hears events, and takes up again whenever the broker comes back."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.observe.listeners import Listener

logger = logging.getLogger(__name__)

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
_STOPS_WITHIN = 1.0


class Audience(Protocol):
    """Is told what a receiver hears; in the receiver's thread, one call after the other."""

    def subscribed(self) -> None:
        """Everything before this moment was missed."""
        ...

    def heard(self, event: object) -> None:
        """Take an event, or a list of several, of whatever shape somebody sent."""
        ...

    def lost(self, because: str) -> None:
        """Nothing is heard from here on, until the next subscription."""
        ...


class Receiver:
    """Listens for an `audience`, from `start` to `stop`. `name` is in the log and the thread's."""

    def __init__(
        self,
        listener: Listener,
        audience: Audience,
        *,
        name: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._listener = listener
        self._audience = audience
        self._name = name
        self._monotonic = monotonic
        self._since: float | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen; a broker that is away is waited for."""
        self._stopping.clear()
        # A daemon: a connection attempt to a dead host may outlast `stop`.
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End listening, within a second."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_STOPS_WITHIN)
            self._thread = None

    def _run(self) -> None:
        pause, said = FIRST_PAUSE, ""
        while not self._stopping.is_set():
            because = "the exporter was stopped"
            try:
                self._listener.listen(
                    stopping=self._stopping,
                    subscribed=self._subscribed,
                    heard=self._audience.heard,
                )
            # A supervising loop: kombu's transports raise their own drivers' errors of all kinds,
            # and without events the exporter would silently know less for the rest of its life.
            except Exception as error:  # noqa: BLE001
                if self._lasted():
                    pause, said = FIRST_PAUSE, ""
                because = " ".join(str(error).split()) or type(error).__name__
                if because != said:
                    logger.warning("%s are not heard: %s", self._name, because)
                said = because
            self._since = None
            self._audience.lost(because)
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _lasted(self) -> bool:
        """Whether the subscription was there for long enough to be worth a quick new one."""
        return self._since is not None and self._monotonic() - self._since >= LONGEST_PAUSE

    def _subscribed(self) -> None:
        self._since = self._monotonic()
        self._audience.subscribed()
