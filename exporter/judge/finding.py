"""A verdict in the making, and what is said about a task that is visible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.judge.blindness import SLACK
from exporter.judge.clock import clock_time, duration
from exporter.judge.growth import last_growth, stands_still
from exporter.judge.traces import furthest
from exporter.snapshot import Place, Verdict, WorkerState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exporter.judge.blindness import Blind, Task
    from exporter.judge.memory import Growth, Trace
    from exporter.judge.scene import Scene
    from exporter.snapshot import Sighting


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict with its reasons; `worker` is where the task is or was last seen.

    `seen` says that the task was visible in this scan, or its import in OpenSearch; `absent` that
    the scan proves it nowhere, and `doubt` why that may not be confirmed yet. `overdue` says that
    it has been active for longer than its limit.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    worker: str | None = None
    seen: bool = True
    absent: bool = False
    doubt: str = ""
    overdue: bool = False


def visible(seen: Sequence[Sighting], scene: Scene, growth: Growth | None = None) -> Ruling:
    """The ruling on something whose task was seen in this scan, an import with its `growth`."""
    sighting = furthest(seen)
    task = f"task {sighting.task_id} ({sighting.task_name})"
    match sighting.place:
        case Place.ACTIVE:
            return _active(sighting, task, scene, growth)
        case Place.RESERVED | Place.SCHEDULED:
            return Ruling(
                Verdict.RESERVED,
                (f"{task} is {sighting.place} at {sighting.where}, which answered",),
                sighting.where,
            )
        case Place.QUEUE:
            return Ruling(Verdict.QUEUED, (f"{task} waits in queue {sighting.where}",))
        case Place.UNACKED:
            return _unacked(sighting, task, scene)


def _active(sighting: Sighting, task: str, scene: Scene, growth: Growth | None) -> Ruling:
    running = f"{task} is active on {sighting.where}"
    if sighting.age is None:
        return Ruling(Verdict.RUNNING, (running,), sighting.where)
    running = f"{running} for {duration(sighting.age)}"
    name = sighting.task_name.rpartition(".")[2]
    limit = scene.rules.limits.get(name)
    if limit is not None and sighting.age > limit:
        setting = f"limits.{name.replace('_', '-')}"
        over = f"{running}, longer than its limit of {duration(limit)} ({setting})"
        return Ruling(Verdict.STALLED, (over,), sighting.where, overdue=True)
    if sighting.age <= scene.rules.stalled_after:
        return Ruling(Verdict.RUNNING, (running,), sighting.where)
    too_long = duration(scene.rules.stalled_after)
    still = stands_still(growth, sighting.age, scene)
    if still is None or growth is None:
        return Ruling(Verdict.STALLED, (f"{running}, longer than {too_long}",), sighting.where)
    if still:
        nothing = f"no new event of it in OpenSearch for {too_long} ({growth.events} there)"
        return Ruling(Verdict.STALLED, (running, nothing), sighting.where)
    grows = f"its events in OpenSearch grow ({last_growth(growth, scene.snapshot)})"
    return Ruling(Verdict.RUNNING, (running, grows), sighting.where)


def _unacked(sighting: Sighting, task: str, scene: Scene) -> Ruling:
    """The ruling on a message that some worker took and has not begun."""
    handed_out = f"{task} was handed to a worker from queue {sighting.where}"
    holder = scene.traces[sighting.task_id].holder
    state = scene.workers[holder].state if holder and holder in scene.workers else None
    if holder is not None and state == WorkerState.DRAINING:
        reason = f"{handed_out}; {holder}, in warm shutdown, hands it back when it ends"
        return Ruling(Verdict.DRAINING, (reason,), holder)
    hidden = [
        spot
        for spot in scene.blind
        if not _is_known_to_drain(spot, scene) and _may_have_taken(spot, sighting, scene)
    ]
    if hidden:
        reasons = (f"{handed_out}, which may be one that cannot be seen", *_why(hidden))
        return Ruling(Verdict.UNKNOWN, reasons, holder)
    if scene.snapshot.workers is not None and not scene.snapshot.workers.prefetched_asked:
        return _big_messages(handed_out, holder, state)
    if sighting.redelivers_in is None:
        again = "Redis hands it out again after the visibility time-out"
    else:
        at = clock_time(scene.snapshot.at + sighting.redelivers_in)
        again = f"Redis hands it out again from {at} on, once a worker looks"
    lost = "no living worker has it" + (f" (last was {holder})" if holder else "")
    return Ruling(Verdict.PARKED, (handed_out, lost, again), holder)


def _big_messages(handed_out: str, holder: str | None, state: WorkerState | None) -> Ruling:
    """Workers were not asked what they have prefetched, since the answer would carry it all."""
    if holder is not None and state == WorkerState.UP:
        return Ruling(Verdict.RESERVED, (handed_out, f"{holder} had it last and is up"), holder)
    unasked = "prefetched messages are too big to ask the workers for, so whose it is stays unknown"
    return Ruling(Verdict.UNKNOWN, (handed_out, unasked), holder)


def absent(
    *,
    task: Task,
    traces: Sequence[Trace],
    proof: Sequence[str],
    age: float,
    scene: Scene,
) -> Ruling:
    """The ruling on something whose task was seen nowhere in this scan.

    `proof` says why every task it can have is dead, or is empty. The ruling is SUSPECT with
    `absent` set where this scan proves the absence; whether it is confirmed, memory tells.
    """
    last = max(traces, key=lambda trace: trace.seen_tick, default=None)
    where = _last_seen(last)
    spots = [spot for spot in scene.blind if spot.can_hold(task, scene.snapshot)]
    draining = _draining_holder(last, spots, scene)
    if draining is not None and not proof:
        reason = f"{draining} is in warm shutdown and silent; it finishes the tasks it has"
        return Ruling(Verdict.DRAINING, (*where, reason), draining, seen=False)
    worker = None if last is None else last.holder
    if proof:
        return Ruling(Verdict.ORPHANED, (*proof, *where), worker, seen=False)
    if spots:
        return Ruling(Verdict.UNKNOWN, (*where, *_why(spots)), worker, seen=False)
    looked = looked_everywhere(scene)
    if age < scene.rules.grace:
        young = (
            f"its status is {duration(age)} old; messages are sent after rows are written, "
            f"so absence counts from {duration(scene.rules.grace)} on"
        )
        return Ruling(Verdict.SUSPECT, (*looked, *where, young), worker, seen=False)
    doubt = scene.returning.get(worker or "", "")
    return Ruling(Verdict.SUSPECT, (*looked, *where), worker, seen=False, absent=True, doubt=doubt)


def looked_everywhere(scene: Scene) -> tuple[str, ...]:
    """Where this scan looked in vain, with how much it read."""
    broker, reading = scene.snapshot.broker, scene.snapshot.workers
    if broker is None or reading is None:
        return ()
    read = {depth.queue: 0 for depth in broker.depths} | dict(broker.messages_read)
    queues = ", ".join(
        f"not in queue {queue} ({count} {'message' if count == 1 else 'messages'} read)"
        for queue, count in sorted(read.items())
    )
    answered = f"{len(scene.answered)} of {reading.receivers} connected workers answered"
    unacked = f"not in unacked ({broker.unacked_read})"
    return tuple(part for part in (queues, unacked, f"{answered}, none has it") if part)


def _last_seen(last: Trace | None) -> tuple[str, ...]:
    if last is None:
        return ("its task was never seen by this exporter",)
    place = "waiting in queue" if last.place == Place.QUEUE else f"{last.place} at"
    if last.place == Place.UNACKED:
        place = "handed out from queue"
    return (f"task {last.task_id} last seen {place} {last.where} at {clock_time(last.seen_at)}",)


def _draining_holder(last: Trace | None, spots: Sequence[Blind], scene: Scene) -> str | None:
    """The worker in warm shutdown that had the task when it was last seen, if it may still."""
    if last is None:
        return None
    known = scene.workers.get(last.holder or "")
    if known is None or known.state != WorkerState.DRAINING:
        return None
    return known.worker if any(_may_be(spot, known.worker) for spot in spots) else None


def _may_be(spot: Blind, worker: str) -> bool:
    return spot.idle is None or spot.worker == worker or worker in spot.suspects


def _is_known_to_drain(spot: Blind, scene: Scene) -> bool:
    """Whether this is a named worker in warm shutdown; what it was handed comes back in time."""
    if spot.worker is None:
        return False
    return scene.workers[spot.worker].state == WorkerState.DRAINING


def _may_have_taken(spot: Blind, sighting: Sighting, scene: Scene) -> bool:
    """Whether the message can have been handed out to this connection, going by their ages."""
    if sighting.age is None or spot.idle is None or spot.age is None:
        return True
    slack = SLACK + scene.snapshot.seconds
    return spot.idle - slack <= sighting.age <= spot.age + slack


def _why(spots: Iterable[Blind]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(spot.reason for spot in spots))
