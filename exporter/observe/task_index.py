"""What is known of tasks by their id, from wherever they were seen whole."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from exporter.observe.timesketch_tasks import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exporter.snapshot import Sighting

_CAPACITY = 10_000


class TaskIndex:
    """Remembers what tasks work on, since a running task's short form may be cut before it.

    A message in the queue names its timeline and the analyses behind it; the worker that runs it
    shows 1 KB of its arguments and nothing of its chain. The longest unseen are forgotten.
    """

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._capacity = capacity
        self._known: OrderedDict[str, tuple[Subject, tuple[int, ...] | None]] = OrderedDict()

    def remember(self, sightings: Iterable[Sighting]) -> None:
        """Take note of tasks whose messages were seen."""
        for seen in sightings:
            about = Subject(
                timeline_id=seen.timeline_id,
                analysis_id=seen.analysis_id,
                sketch_id=seen.sketch_id,
                index_name=seen.index_name,
            )
            self.note(seen.task_id, about, seen.followers)

    def note(self, task_id: str, about: Subject, followers: tuple[int, ...] | None = None) -> None:
        """Take note of one task; followers once known stay known."""
        if followers is None:
            followers = self.followers(task_id)
        self._known[task_id] = (about, followers)
        self._known.move_to_end(task_id)
        while len(self._known) > self._capacity:
            self._known.popitem(last=False)

    def subject(self, task_id: str) -> Subject | None:
        """Return what a task works on, if it was ever seen whole."""
        known = self._known.get(task_id)
        return known[0] if known else None

    def followers(self, task_id: str) -> tuple[int, ...] | None:
        """Return the analyses in the chain behind a task; None if its chain was never visible."""
        known = self._known.get(task_id)
        return known[1] if known else None
