"""Where one task is, by one scan."""

from __future__ import annotations

from dataclasses import replace

from exporter.repair.requeue.spot import Spot, spot_of
from exporter.snapshot import (
    BrokerReading,
    HeartbeatReading,
    Place,
    Sighting,
    Snapshot,
    WorkerReply,
    WorkersReading,
)
from tests.judgements import judgement

NOTHING = Snapshot(
    at=1.0,
    tick=1.0,
    seconds=0.1,
    before=None,
    broker=BrokerReading(),
    workers=WorkersReading(),
    heartbeats=HeartbeatReading(),
    results={},
    after=None,
)
DOUBTFUL = replace(judgement(), complete=False, incomplete_because=("w1 is silent", "so is w2"))


def seen(place: Place, where: str) -> Sighting:
    """A sighting of the task."""
    return Sighting("t1", "run_csv_jsonl", place, where)


def test_nowhere() -> None:
    """A task that was not found is nowhere; of an incomplete scan the reasons stay."""
    assert spot_of("t1", NOTHING, judgement()) == Spot(None, begun=False, doubt="", heard=0)
    assert spot_of("t1", NOTHING, DOUBTFUL).doubt == "w1 is silent; so is w2"
    blind = replace(NOTHING, workers=None, results=None)
    assert spot_of("t1", blind, DOUBTFUL).heard == 0


def test_waiting_or_begun() -> None:
    """In a queue or prefetched it has not begun; active it has, and that counts more."""
    queued = replace(NOTHING, broker=BrokerReading(sightings=(seen(Place.QUEUE, "celery"),)))
    found = spot_of("t1", queued, judgement())
    assert found == Spot("in queue celery", begun=False, doubt="", heard=0)
    assert spot_of("t2", queued, judgement()).where is None
    active = WorkerReply("w1", (seen(Place.ACTIVE, "w1"),), active=1, reserved=0, scheduled=0)
    both = replace(queued, workers=WorkersReading(replies=(active,)))
    found = spot_of("t1", both, judgement())
    assert found == Spot("active on w1", begun=True, doubt="", heard=1)


def test_ended() -> None:
    """A result proves that it was begun; PENDING is no result."""
    done = replace(NOTHING, results={"t1": "SUCCESS", "t2": "PENDING"})
    found = spot_of("t1", done, judgement())
    assert (found.where, found.begun) == ("SUCCESS by its result", True)
    assert spot_of("t2", done, judgement()).where is None
