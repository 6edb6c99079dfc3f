"""Remembers whatever a receiver hears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.events.taking_in import each_event

if TYPE_CHECKING:
    from collections.abc import Mapping


class Listening:
    """An audience for tests; `events` holds what came, lists taken apart."""

    def __init__(self) -> None:
        self.listens = False
        self.events: list[Mapping[str, object]] = []

    def subscribed(self) -> None:
        """From now on everything is heard."""
        self.listens = True

    def heard(self, event: object) -> None:
        """Remember an event, or several."""
        self.events += each_event(event)

    def lost(self, because: str) -> None:
        """Nothing is heard any more."""
        assert because
        self.listens = False

    def kinds(self, task_id: str) -> list[object]:
        """What happened to a task."""
        return [event["type"] for event in self.events if event["uuid"] == task_id]
