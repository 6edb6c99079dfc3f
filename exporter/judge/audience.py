"""Who listened, who answered, and which connections are left that could hide a task.

The broadcast counts its audience, CLIENT LIST shows every consumer, and each answering worker owns
one of them. Whatever consumer is left over is a worker in warm shutdown (silent while its tasks
run on), a worker that does not answer, or a stranger that once waited for replies (Flower, another
tool). This module tells them apart as far as that can be proven; it never guesses in the direction
that would call a living worker a stranger.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from exporter.judge.choices import Choices
from exporter.judge.matching import assign
from exporter.judge.memory import KnownConnection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.judge.memory import Memory
    from exporter.judge.rules import Rules
    from exporter.snapshot import Consumer, Snapshot, WorkerReply, WorkersReading

# Ages are whole seconds on either side, and a worker counts its uptime from before it connects.
AGE_TOLERANCE = 3.0
# A consumer that may take messages pops every second.
POPS_WITHIN = 3.0
# A worker says worker-online within its start-up, seconds after its consumer connected.
STARTS_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Audience:
    """The connected workers as one scan saw them.

    `answered` are the workers whose answers can be used. `owners` maps each of them to the
    connections that could be its own; `learnt` is that part of it which is worth remembering,
    since the true one is certainly there. `unowned` are the consumers that could belong to nobody
    who answered, strangers left out; `unclaimed` are the connections that could still be left over
    by those who were certainly connected when the list was read. `frozen` are those that could be
    a worker's who has room and yet does not pop: it was frozen or busy until a moment ago, and what
    it popped before that may be in no key and in no answer. `silent` is how many subscribers did
    not answer (None where the broker does not count), `quiet` how many names are bound and did not.
    """

    answered: frozenset[str]
    consumers: Mapping[int, Consumer]
    owners: Mapping[str, frozenset[int]]
    learnt: Mapping[str, frozenset[int]]
    unowned: tuple[Consumer, ...]
    unclaimed: frozenset[int]
    strangers: tuple[Consumer, ...]
    silent: int | None
    quiet: int = 0
    frozen: tuple[Consumer, ...] = ()


def audience(
    snapshot: Snapshot, memory: Memory, rules: Rules
) -> tuple[Audience, Mapping[int, KnownConnection]]:
    """Sort the consumers of one scan; returns what to remember of the connections too."""
    reading = snapshot.workers
    if reading is None:
        return Audience(frozenset(), {}, {}, {}, (), frozenset(), (), None), memory.connections
    answered = _by_worker(reading)
    names = frozenset(answered)
    silent = None if reading.receivers is None else max(0, reading.receivers - len(names))
    if reading.consumers is None:
        return Audience(names, {}, {}, {}, (), frozenset(), (), silent), memory.connections
    everybody = {consumer.connection_id: consumer for consumer in reading.consumers}
    ignored = frozenset(
        number for number, consumer in everybody.items() if _is_ignored(consumer, rules)
    )
    candidates = {number: each for number, each in everybody.items() if number not in ignored}
    choices = Choices(candidates, _taken_by_others(answered, memory))
    owners = {
        name: _possible_connections(reply, choices, memory, snapshot)
        for name, reply in answered.items()
    }
    assignment = assign(candidates.keys(), owners)
    unowned = assignment.unowned
    # A worker without a consumer has only just connected, after the list was read.
    unconnected = assignment.unmatched
    certain = silent == 0 and not unconnected
    foreign = unowned.difference(*set(owners.values())) if certain else frozenset()
    known = _remember(snapshot, memory, candidates, foreign)
    strangers = ignored | frozenset(number for number, each in known.items() if each.stranger)
    learnt = {} if unconnected else _certain(owners, answered, snapshot)
    unclaimed = unowned if learnt == owners else assign(candidates.keys(), learnt).unowned
    return Audience(
        answered=names,
        consumers=everybody,
        owners=owners,
        learnt=learnt,
        unowned=tuple(everybody[number] for number in sorted(unowned - strangers)),
        unclaimed=unclaimed - strangers,
        strangers=tuple(everybody[number] for number in sorted(strangers)),
        silent=silent,
        quiet=len(reading.bound.difference(names)),
        frozen=tuple(
            everybody[number]
            for number in sorted(_not_popping(candidates, owners, reading) - unowned - strangers)
        ),
    ), known


def _by_worker(reading: WorkersReading) -> Mapping[str, WorkerReply]:
    return {
        reply.worker: reply for reply in reading.replies if reply.worker not in reading.malformed
    }


def _is_ignored(consumer: Consumer, rules: Rules) -> bool:
    host = consumer.address.rpartition(":")[0]
    return any(
        name in (consumer.address, host, consumer.name) for name in rules.ignored_clients if name
    )


def _certain(
    owners: Mapping[str, frozenset[int]],
    answered: Mapping[str, WorkerReply],
    snapshot: Snapshot,
) -> Mapping[str, frozenset[int]]:
    """What is learnt of each worker; one that has just started may not have been in the list."""
    return {
        name: owned
        for name, owned in owners.items()
        if (uptime := answered[name].uptime) is not None
        and uptime > snapshot.seconds + AGE_TOLERANCE
    }


def _taken_by_others(answered: Mapping[str, WorkerReply], memory: Memory) -> frozenset[int]:
    """Connections that are known to be those of workers who do not answer now."""
    return frozenset(
        next(iter(known.connections))
        for name, known in memory.workers.items()
        if name not in answered and len(known.connections) == 1
    )


def _possible_connections(
    reply: WorkerReply, choices: Choices, memory: Memory, snapshot: Snapshot
) -> frozenset[int]:
    """The connections that could be this answering worker's consumer.

    A connection is not older than its process. A worker that had room for messages when it
    answered last has popped since then, so its connection has not been idle for longer. What was
    learnt in earlier scans stays true while one of those connections is there.
    """
    known = memory.workers.get(reply.worker)
    if known is not None and is_younger(known.born_tick, reply.uptime, snapshot.tick):
        known = None
    idle_at_most = inf
    if known is not None and known.roomy_tick is not None:
        idle_at_most = snapshot.tick + snapshot.seconds - known.roomy_tick + POPS_WITHIN
    age_at_most = inf if reply.uptime is None else reply.uptime + AGE_TOLERANCE
    possible = choices.within(age=age_at_most, idle=idle_at_most)
    return choices.narrowed(possible, known.connections) if known else possible


def _not_popping(
    consumers: Mapping[int, Consumer],
    owners: Mapping[str, frozenset[int]],
    reading: WorkersReading,
) -> frozenset[int]:
    """Connections that do not pop, and may be left over if whoever has room has one that does.

    Only good for doubt: who owns a connection must not be concluded from it.
    """
    roomy = {reply.worker for reply in reading.replies if has_room(reply, reading)}
    popping = frozenset(
        number for number, consumer in consumers.items() if consumer.idle <= POPS_WITHIN
    )
    if roomy.isdisjoint(owners) or len(popping) == len(consumers):
        return frozenset()
    pops = {owned: owned & popping for owned in set(owners.values())}
    popped_by = {name: pops[owned] if name in roomy else owned for name, owned in owners.items()}
    return assign(consumers.keys(), popped_by).unowned - popping


def has_room(reply: WorkerReply, reading: WorkersReading) -> bool:
    """Whether the worker certainly takes more messages; not if it was not asked what it holds."""
    if not reply.prefetch_limit or not reading.prefetched_asked:
        return False
    return reply.active + reply.reserved + reply.scheduled < reply.prefetch_limit


def is_younger(born_tick: float | None, uptime: float | None, tick: float) -> bool:
    """Whether a worker that has been up for `uptime` was born after `born_tick`, at the latest."""
    if born_tick is None or uptime is None:
        return False
    return tick - uptime > born_tick + AGE_TOLERANCE


def _remember(
    snapshot: Snapshot,
    memory: Memory,
    consumers: Mapping[int, Consumer],
    foreign: frozenset[int],
) -> dict[int, KnownConnection]:
    """Carry the knowledge of each connection on; proofs of strangers are made here.

    `foreign` are those that, everybody having answered, can be nobody's who answered.
    """
    known: dict[int, KnownConnection] = {}
    for number, consumer in consumers.items():
        before = memory.connections.get(number, KnownConnection())
        foreign_now = number in foreign
        # Whenever it may be somebody's after all, the waiting for a proof begins anew.
        unowned_tick = before.unowned_tick or snapshot.tick + snapshot.seconds
        stranger = before.stranger or (
            foreign_now
            and (
                _came_without_a_worker(consumer, snapshot)
                or _went_on_asking(consumer, unowned_tick, snapshot)
            )
        )
        known[number] = KnownConnection(unowned_tick if foreign_now else None, stranger)
    return known


def _went_on_asking(consumer: Consumer, unowned_tick: float, snapshot: Snapshot) -> bool:
    """A worker in warm shutdown never pops again, and one that starts up has answered by now."""
    return snapshot.tick - consumer.idle > unowned_tick + STARTS_WITHIN


def _came_without_a_worker(consumer: Consumer, snapshot: Snapshot) -> bool:
    """It connected while heartbeats were heard, and no worker came online around that time.

    Only where every answering worker is heard, so that none runs without heartbeats.
    """
    heard = snapshot.heartbeats
    born = snapshot.tick - consumer.age
    if heard.listening_since_tick is None or snapshot.workers is None:
        return False
    if heard.listening_since_tick > born - AGE_TOLERANCE:
        return False
    if consumer.age <= STARTS_WITHIN + AGE_TOLERANCE:
        return False
    for reply in snapshot.workers.replies:
        worker = heard.workers.get(reply.worker)
        if worker is None or worker.heartbeat_tick is None:
            return False
    return not any(
        worker.online_tick is not None
        and born - AGE_TOLERANCE <= worker.online_tick <= born + snapshot.seconds + STARTS_WITHIN
        for worker in heard.workers.values()
    )
