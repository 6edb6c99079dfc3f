"""The series of Celery workers."""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING

from exporter.metrics import catalogue
from exporter.snapshot import Source, WorkerState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.metrics.declaration import Family
    from exporter.metrics.published import Limits
    from exporter.snapshot import JudgedWorker, Judgement

_CONNECTED = {
    WorkerState.UP: 1,
    WorkerState.WEDGED: 1,
    WorkerState.DRAINING: 1,
    WorkerState.DEAD: 0,
}


def render(judgement: Judgement, limits: Limits, dropped: Family) -> Iterator[Family]:
    """Families of workers; none at all where nothing is known of any worker.

    Who is a worker is the judge's decision; those that said goodbye are counted and no more.
    """
    if not judgement.workers and not _asked(judgement):
        return
    states = Counter(judged.state for judged in judgement.workers)
    workers = catalogue.WORKERS.family()
    for state in catalogue.WORKER_STATES:
        workers.add(states[state], state=state)
    yield workers

    present = [judged for judged in judgement.workers if judged.state is not WorkerState.OFFLINE]
    dropped.add(max(0, len(present) - limits.workers), metric=catalogue.WORKER_STATE.name)
    yield from _each(nsmallest(limits.workers, present, key=_importance))


def _each(workers: list[JudgedWorker]) -> Iterator[Family]:
    up = catalogue.WORKER_UP.family()
    state = catalogue.WORKER_STATE.family()
    heartbeat = catalogue.WORKER_LAST_HEARTBEAT.family()
    active = catalogue.WORKER_ACTIVE_TASKS.family()
    reserved = catalogue.WORKER_RESERVED_TASKS.family()
    processes = catalogue.WORKER_POOL_PROCESSES.family()
    for judged in workers:
        for known in catalogue.RENDERED_WORKER_STATES:
            state.add(judged.state is known, worker=judged.worker, state=known)
        for family, value in (
            (up, _CONNECTED.get(judged.state)),
            (heartbeat, judged.last_heartbeat),
            (active, judged.active),
            (reserved, judged.reserved),
            (processes, judged.processes),
        ):
            if value is not None:
                family.add(value, worker=judged.worker)
    yield from (up, state, heartbeat, active, reserved, processes)
    yield from _pulses(workers)


def _pulses(workers: list[JudgedWorker]) -> Iterator[Family]:
    """What heartbeats tell besides that they come."""
    missed = catalogue.WORKER_MISSED_HEARTBEATS.family()
    offset = catalogue.WORKER_CLOCK_OFFSET.family()
    processed = catalogue.WORKER_PROCESSED_TASKS.family()
    load = catalogue.WORKER_LOAD.family()
    for judged in workers:
        pulse = judged.pulse
        if pulse is None or pulse.heartbeat_at is None:
            continue
        missed.add(pulse.missed, worker=judged.worker)
        if pulse.clock_offset is not None:
            offset.add(pulse.clock_offset, worker=judged.worker)
        if pulse.processed is not None:
            processed.add(pulse.processed, worker=judged.worker)
        for minutes, average in zip(catalogue.LOAD_MINUTES, pulse.load or (), strict=False):
            load.add(average, worker=judged.worker, minutes=minutes)
    yield from (missed, offset, processed, load)


def _asked(judgement: Judgement) -> bool:
    return any(health.source is Source.WORKERS and health.up for health in judgement.sources)


def _importance(judged: JudgedWorker) -> tuple[bool, float, str]:
    """The living before the dead, then those that changed last: what a limit should keep."""
    return (judged.state is WorkerState.DEAD, -judged.since, judged.worker)
