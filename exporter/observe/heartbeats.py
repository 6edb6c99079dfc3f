"""The background receiver of workers' heartbeats, hellos and goodbyes."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from exporter.observe.roll import Roll
from exporter.snapshot import HeartbeatReading

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.observe.listeners import Listener

logger = logging.getLogger(__name__)

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
_STOPS_WITHIN = 1.0


class Heartbeats:
    """Hears workers in a thread of its own, and takes up again whenever the broker comes back."""

    def __init__(
        self,
        listener: Listener,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._listener = listener
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._roll = Roll()
        self._since: float | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen; a broker that is away is waited for."""
        self._stopping.clear()
        # A daemon: a connection attempt to a dead host may outlast `stop`.
        self._thread = threading.Thread(target=self._run, name="heartbeats", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End listening, within a second."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_STOPS_WITHIN)
            self._thread = None

    def read(self) -> HeartbeatReading:
        """Return what is known now."""
        with self._lock:
            return HeartbeatReading(
                workers=self._roll.workers(tick=self._monotonic()),
                listening_since_tick=self._since,
            )

    def _run(self) -> None:
        pause, said = FIRST_PAUSE, ""
        while not self._stopping.is_set():
            try:
                self._listener.listen(
                    stopping=self._stopping, subscribed=self._subscribed, heard=self._heard
                )
            # A supervising loop: kombu's transports raise their own drivers' errors of all kinds,
            # and without heartbeats the exporter would silently know less for the rest of its life.
            except Exception as error:  # noqa: BLE001
                if self._lasted():
                    pause, said = FIRST_PAUSE, ""
                line = " ".join(str(error).split()) or type(error).__name__
                if line != said:
                    logger.warning("heartbeats are not heard: %s", line)
                said = line
            with self._lock:
                self._since = None
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _lasted(self) -> bool:
        """Whether the subscription was there for long enough to be worth a quick new one."""
        return self._since is not None and self._monotonic() - self._since >= LONGEST_PAUSE

    def _subscribed(self) -> None:
        with self._lock:
            self._since = self._monotonic()

    def _heard(self, event: object) -> None:
        with self._lock:
            self._roll.note(event, at=self._clock(), tick=self._monotonic())
