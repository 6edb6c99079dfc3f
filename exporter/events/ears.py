"""How a receiver's events come into the intake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.events.records import Stream

if TYPE_CHECKING:
    from exporter.events.intake import Intake


class Ears:
    """Hears one stream, and tells the intake where it breaks."""

    def __init__(self, intake: Intake, stream: Stream) -> None:
        self._intake = intake
        self._stream = stream
        self._take = intake.task_events if stream is Stream.TASKS else intake.worker_event

    def subscribed(self) -> None:
        """From now on nothing is missed."""
        self._intake.watched(self._stream)

    def heard(self, event: object) -> None:
        """Take what a message held."""
        self._take(event)

    def lost(self, because: str) -> None:
        """Nothing is heard any more."""
        self._intake.lost(self._stream, because)
