"""Where the task of a requeue is, by one scan made to look for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.judge.traces import all_sightings, furthest
from exporter.snapshot import Place

if TYPE_CHECKING:
    from exporter.snapshot import Judgement, Snapshot

_NO_RESULT = "PENDING"
_WORDS = {
    Place.QUEUE: "in queue",
    Place.UNACKED: "handed out from queue",
    Place.SCHEDULED: "scheduled at",
    Place.RESERVED: "reserved at",
    Place.ACTIVE: "active on",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """What was found of a task: `where` in words, None for nothing at all.

    `begun` says that a worker began it, whether or not it has ended. `doubt` says why it may be
    somewhere in spite of not having been found. `heard` is how many workers answered.
    """

    where: str | None
    begun: bool
    doubt: str
    heard: int


def spot_of(task_id: str, snapshot: Snapshot, judgement: Judgement) -> Spot:
    """Where this task is, by a scan that also asked for its result."""
    heard = 0 if snapshot.workers is None else len(snapshot.workers.replies)
    doubt = "; ".join(judgement.incomplete_because)
    seen = [sighting for sighting in all_sightings(snapshot) if sighting.task_id == task_id]
    if seen:
        last = furthest(seen)
        where = f"{_WORDS[last.place]} {last.where}"
        return Spot(where, begun=last.place == Place.ACTIVE, doubt=doubt, heard=heard)
    result = (snapshot.results or {}).get(task_id, _NO_RESULT)
    if result != _NO_RESULT:
        return Spot(f"{result} by its result", begun=True, doubt=doubt, heard=heard)
    return Spot(None, begun=False, doubt=doubt, heard=heard)
