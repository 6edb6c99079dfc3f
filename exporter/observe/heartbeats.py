"""The background receiver of workers' heartbeats, hellos and goodbyes."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from exporter.observe.receiver import Receiver
from exporter.observe.roll import Roll
from exporter.snapshot import HeartbeatReading

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.observe.listeners import Listener
    from exporter.observe.receiver import Audience


class Heartbeats:
    """Knows what workers said last. Whatever it hears, `also` is told afterwards."""

    def __init__(
        self,
        listener: Listener,
        *,
        also: Audience | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._also = also
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._roll = Roll()
        self._since: float | None = None
        self._receiver = Receiver(listener, self, name="heartbeats", monotonic=monotonic)

    def start(self) -> None:
        """Begin to listen; a broker that is away is waited for."""
        self._receiver.start()

    def stop(self) -> None:
        """End listening, within a second."""
        self._receiver.stop()

    def read(self) -> HeartbeatReading:
        """Return what is known now."""
        with self._lock:
            return HeartbeatReading(
                workers=self._roll.workers(tick=self._monotonic()),
                listening_since_tick=self._since,
            )

    def subscribed(self) -> None:
        """Everything before this moment was missed."""
        with self._lock:
            self._since = self._monotonic()
            self._roll.deaf(tick=self._since)
        if self._also is not None:
            self._also.subscribed()

    def heard(self, event: object) -> None:
        """Take note of an event."""
        with self._lock:
            self._roll.note(event, at=self._clock(), tick=self._monotonic())
        if self._also is not None:
            self._also.heard(event)

    def lost(self, because: str) -> None:
        """Nothing is heard from here on."""
        with self._lock:
            self._since = None
            self._roll.deaf(tick=self._monotonic())
        if self._also is not None:
            self._also.lost(because)
