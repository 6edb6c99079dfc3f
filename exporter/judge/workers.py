"""The state of every worker, from who answered, who is connected and what was heard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.judge.audience import has_room, is_younger
from exporter.judge.clock import clock_time
from exporter.judge.memory import KnownWorker
from exporter.snapshot import JudgedWorker, WorkerState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from exporter.judge.audience import Audience
    from exporter.judge.memory import Memory
    from exporter.judge.rules import Rules
    from exporter.snapshot import Heard, Snapshot, WorkerReply, WorkersReading

GONE = frozenset({WorkerState.DEAD, WorkerState.OFFLINE})
# Heartbeats that may be missed before a worker counts as silent (they come every 2 s).
MISSED_HEARTBEATS = 5


def judge_workers(
    snapshot: Snapshot,
    memory: Memory,
    rules: Rules,
    audience: Audience,
    *,
    reconnecting: bool,
) -> Mapping[str, KnownWorker]:
    """Every known worker with its state of now.

    Celery leaves the binding of a worker that died in the broker for ever. While it is there the
    worker is remembered, else it would be found dead anew once it is forgotten. While workers are
    `reconnecting` to a broker that was away, a missing connection says nothing.
    """
    reading = snapshot.workers
    if reading is None:
        return {
            name: _with_state(known, WorkerState.UNKNOWN, snapshot)
            if known.state not in GONE
            else known
            for name, known in memory.workers.items()
        }
    replies = {reply.worker: reply for reply in reading.replies}
    names = {*memory.workers, *replies, *reading.bound, *reading.malformed}
    names.update(
        name for name, heard in snapshot.heartbeats.workers.items() if _is_heard(heard, snapshot)
    )
    blank = KnownWorker("", WorkerState.UNKNOWN, snapshot.tick, snapshot.at)
    workers: dict[str, KnownWorker] = {}
    for name in sorted(names):
        known = memory.workers.get(name, replace(blank, worker=name))
        reply = replies.get(name)
        if reply is not None and name not in reading.malformed:
            workers[name] = _answered(known, reply, reading, snapshot, audience)
            continue
        if reconnecting and known.state not in GONE:
            state = WorkerState.UNKNOWN
        else:
            state = _silent_state(known, snapshot, rules, audience)
        known = _with_state(known, state, snapshot)
        if name in reading.bound or not _forgotten(known, snapshot, rules):
            workers[name] = known
    return workers


def _answered(
    known: KnownWorker,
    reply: WorkerReply,
    reading: WorkersReading,
    snapshot: Snapshot,
    audience: Audience,
) -> KnownWorker:
    reborn = is_younger(known.born_tick, reply.uptime, snapshot.tick)
    born_tick = known.born_tick
    if reply.uptime is not None and (born_tick is None or reborn):
        born_tick = snapshot.tick + snapshot.seconds - reply.uptime
    learnt_before = frozenset() if reborn else known.connections
    roomy_before = None if reborn else known.roomy_tick
    return replace(
        _with_state(known, WorkerState.UP, snapshot),
        answered_tick=snapshot.tick,
        roomy_tick=snapshot.tick if has_room(reply, reading) else roomy_before,
        connections=audience.learnt.get(known.worker, learnt_before),
        born_tick=born_tick,
        reborn_tick=snapshot.tick if reborn else known.reborn_tick,
        active=reply.active,
        reserved=reply.reserved + reply.scheduled if reading.prefetched_asked else None,
        processes=reply.processes if reply.processes is not None else known.processes,
        pool=reply.pool or known.pool,
    )


def _silent_state(
    known: KnownWorker, snapshot: Snapshot, rules: Rules, audience: Audience
) -> WorkerState:
    """The state of a worker that gave no usable answer."""
    reading = snapshot.workers
    if reading is None:
        return WorkerState.UNKNOWN
    heard = snapshot.heartbeats.workers.get(known.worker)
    left = _said_goodbye(heard) or (known.answered_tick is not None and not _bound(known, snapshot))
    if known.worker in reading.malformed:
        return WorkerState.WEDGED
    if known.state in GONE and not _heard_since_gone(known, heard):
        return known.state
    if reading.consumers is None:
        return _state_without_connections(known, heard, snapshot, rules, audience, left=left)
    if known.connections or known.answered_tick is not None:
        if _is_disconnected(known, audience):
            return WorkerState.OFFLINE if left else WorkerState.DEAD
        if left or audience.silent == 0:
            return WorkerState.DRAINING
        return WorkerState.WEDGED
    return _state_of_one_never_met(heard, snapshot, audience, left=left)


def _state_without_connections(
    known: KnownWorker,
    heard: Heard | None,
    snapshot: Snapshot,
    rules: Rules,
    audience: Audience,
    *,
    left: bool,
) -> WorkerState:
    """Where the server does not list its clients, only goodbyes, answers and heartbeats tell."""
    if left and heard is not None and heard.offline_tick is not None:
        drains = heard.offline_active != 0 and (
            snapshot.tick - heard.offline_tick < rules.drain_timeout
        )
        return WorkerState.DRAINING if drains else WorkerState.OFFLINE
    if audience.silent is None:
        return WorkerState.WEDGED if _is_heard(heard, snapshot) else WorkerState.UNKNOWN
    if not audience.silent and not _is_heard(heard, snapshot):
        return WorkerState.DEAD if _bound(known, snapshot) else WorkerState.UNKNOWN
    return WorkerState.WEDGED if audience.silent else WorkerState.UNKNOWN


def _state_of_one_never_met(
    heard: Heard | None,
    snapshot: Snapshot,
    audience: Audience,
    *,
    left: bool,
) -> WorkerState:
    """A worker that never answered, or not since it was gone: only bound, or heard of."""
    if left:
        return WorkerState.DRAINING if audience.unowned else WorkerState.OFFLINE
    if _is_heard(heard, snapshot):
        return WorkerState.WEDGED if audience.silent else WorkerState.UNKNOWN
    if not audience.silent:
        return WorkerState.DEAD
    return WorkerState.WEDGED if audience.quiet <= audience.silent else WorkerState.UNKNOWN


def _is_disconnected(known: KnownWorker, audience: Audience) -> bool:
    """No connection is left that could be its own: those who answered need the ones there are.

    However they are assigned to each other. A worker may have been known by several connections,
    those of others that started within the same seconds among them, or, killed seconds after its
    start, by none: then any of them could be its own. Who connected only after the list was read
    needs none of it.
    """
    if known.connections:
        return known.connections.isdisjoint(audience.unclaimed)
    return not audience.unclaimed


def _heard_since_gone(known: KnownWorker, heard: Heard | None) -> bool:
    """A heart that beat after its worker was found gone: the name is starting again."""
    if heard is None or heard.heartbeat_tick is None or known.gone_tick is None:
        return False
    return heard.heartbeat_tick > known.gone_tick


def _said_goodbye(heard: Heard | None) -> bool:
    return heard is not None and heard.offline_tick is not None


def _bound(known: KnownWorker, snapshot: Snapshot) -> bool:
    return snapshot.workers is not None and known.worker in snapshot.workers.bound


def _is_heard(heard: Heard | None, snapshot: Snapshot) -> bool:
    """Whether its heart beat a moment ago."""
    if heard is None or heard.heartbeat_tick is None or heard.offline_tick is not None:
        return False
    return snapshot.tick - heard.heartbeat_tick <= MISSED_HEARTBEATS * max(heard.interval, 1.0)


def _with_state(known: KnownWorker, state: WorkerState, snapshot: Snapshot) -> KnownWorker:
    if known.state == state:
        return known
    gone = state in GONE
    return replace(
        known,
        state=state,
        state_tick=snapshot.tick,
        state_at=snapshot.at,
        answered_tick=None if gone else known.answered_tick,
        gone_tick=(known.gone_tick or snapshot.tick) if gone else None,
        gone_at=(known.gone_at or snapshot.at) if gone else None,
        connections=frozenset() if gone else known.connections,
    )


def _forgotten(known: KnownWorker, snapshot: Snapshot, rules: Rules) -> bool:
    """A dead worker is shown for `forget_after`, one that said goodbye for its drain time."""
    if known.gone_tick is None:
        return False
    shown = rules.forget_after if known.state == WorkerState.DEAD else rules.drain_timeout
    return snapshot.tick - known.gone_tick > shown


def published(
    workers: Iterable[KnownWorker], snapshot: Snapshot, rules: Rules
) -> tuple[JudgedWorker, ...]:
    """The workers as a judgement shows them: without those that were gone for long enough."""
    return tuple(
        _published(worker, snapshot)
        for worker in workers
        if not _forgotten(worker, snapshot, rules)
    )


def _published(known: KnownWorker, snapshot: Snapshot) -> JudgedWorker:
    heard = snapshot.heartbeats.workers.get(known.worker)
    answers = known.state == WorkerState.UP
    return JudgedWorker(
        worker=known.worker,
        state=known.state,
        last_heartbeat=heard.heartbeat_at if heard else None,
        active=known.active if answers else None,
        reserved=known.reserved if answers else None,
        processes=known.processes,
        pool=known.pool,
        since=known.state_at,
        reasons=(_reason(known, snapshot),),
        pulse=heard,
    )


def _reason(known: KnownWorker, snapshot: Snapshot) -> str:
    since = clock_time(known.gone_at or known.state_at)
    match known.state:
        case WorkerState.UP:
            return "answered"
        case WorkerState.WEDGED:
            if snapshot.workers and known.worker in snapshot.workers.malformed:
                return "gives answers that cannot be used: another worker of its name, or damaged"
            return f"connected, but has not answered since {since}"
        case WorkerState.DRAINING:
            return f"in warm shutdown since {since}: takes no new tasks, finishes the ones it has"
        case WorkerState.DEAD:
            return f"its connection is gone since {since} without a goodbye"
        case WorkerState.OFFLINE:
            return f"said goodbye and is gone since {since}"
        case WorkerState.UNKNOWN:
            return "cannot be told: the broker does not say whether it is connected"
