"""What a scan could not see, and whether a task could hide there.

An absence counts only if everybody who could hold the task has spoken. Most of what stays dark
can still be told apart: a connection that took its last message before a timeline was made cannot
have that timeline's task, nor can one that came into being after the task had begun, nor one that
took its last message before the task was seen in a queue or at another worker. In `unacked` no name
is written: a message in there may have been this very connection's all the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.judge.clock import duration
from exporter.judge.workers import GONE
from exporter.snapshot import Place, Source, WorkerState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from exporter.judge.audience import Audience
    from exporter.judge.memory import BrokerMemory, KnownWorker, Trace
    from exporter.judge.rules import Rules
    from exporter.snapshot import Consumer, Snapshot

# Room for whole-second ages and for the time a scan takes.
SLACK = 5.0
NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Task:
    """What is known of the task that a timeline or analysis waits for.

    `created_age` is the age of the oldest row whose task may live (seconds); its message is no
    older. `began_age`, if not None, says that the task has begun, that long ago or earlier.
    `traces` are its known tasks if these are all it can have, else empty.
    """

    created_age: float
    began_age: float | None
    traces: tuple[Trace, ...]


@dataclass(frozen=True, slots=True)
class Blind:
    """Something that might hide a task. Without bounds (None) it might hide any.

    `idle` is how long ago (seconds) it took its last message, `age` how long it exists;
    `worker` is whose connection it is, where known; `suspects` are all workers it may belong to.
    """

    reason: str
    idle: float | None = None
    age: float | None = None
    worker: str | None = None
    suspects: frozenset[str] = frozenset()

    def can_hold(self, task: Task, snapshot: Snapshot) -> bool:
        """Whether this task may be hidden here; anything not disproved is possible."""
        if self.idle is None:
            return True
        if task.created_age + SLACK < self.idle:
            return False
        slack = SLACK + snapshot.seconds
        exists, begun = self.age, task.began_age
        if exists is not None and begun is not None and exists + slack < begun:
            return False
        last_taken = snapshot.tick + snapshot.seconds - self.idle
        seen_elsewhere = bool(task.traces) and all(
            trace.seen_tick > last_taken + SLACK
            and trace.place != Place.UNACKED
            and trace.where not in self.suspects
            for trace in task.traces
        )
        return not seen_elsewhere


def blind_spots(
    snapshot: Snapshot,
    audience: Audience,
    *,
    workers: Mapping[str, KnownWorker],
    broker: BrokerMemory,
    traces: Mapping[str, Trace],
    rules: Rules,
) -> tuple[Blind, ...]:
    """Everything that this scan could not look into; empty for a complete scan."""
    spots = [
        Blind(f"{source.source} could not be read: {source.error or 'no answer'}")
        for source in snapshot.sources
        if not source.up and source.source in (Source.DATABASE, Source.BROKER, Source.WORKERS)
    ]
    if snapshot.broker is None or snapshot.workers is None:
        return tuple(spots) or (Blind("broker and workers were not asked"),)
    spots.extend(Blind(line) for line in snapshot.broker.opaque)
    spots.extend(_nameless(snapshot, traces))
    spots.extend(_interruption(snapshot, broker, rules))
    if audience.silent is None:
        spots.append(Blind("this broker does not tell how many workers were asked"))
    elif snapshot.workers.consumers is None:
        spots.extend(_without_connections(snapshot, audience.silent, workers, rules))
    else:
        spots.extend(_unowned(snapshot, audience, workers, broker, rules))
    return tuple(spots)


def may_return(
    snapshot: Snapshot, workers: Mapping[str, KnownWorker], rules: Rules
) -> Mapping[str, str]:
    """Workers that lost their connection a moment ago, and that in words.

    One whose connection was cut works on, and is heard of again seconds later. What it had is
    suspected to be lost, and not proven, until it would have come back.
    """
    return {
        name: f"{name} lost its connection {duration(snapshot.tick - worker.gone_tick)} ago and "
        "may be on its way back"
        for name, worker in workers.items()
        if worker.state == WorkerState.DEAD
        and worker.gone_tick is not None
        and snapshot.tick - worker.gone_tick < rules.settle
    }


def _nameless(snapshot: Snapshot, traces: Mapping[str, Trace]) -> Iterable[Blind]:
    """A task of Timesketch whose arguments could not be read may be anybody's."""
    for trace in traces.values():
        subject = (trace.timeline_id, trace.analysis_id, trace.index_name)
        if trace.seen_tick >= snapshot.tick and subject == (None, None, None):
            yield Blind(f"the arguments of task {trace.task_id} at {trace.where} cannot be read")


def _interruption(snapshot: Snapshot, broker: BrokerMemory, rules: Rules) -> Iterable[Blind]:
    """Workers that lost the broker work on, and come back one by one once it is there again."""
    if broker.interrupted_tick is not None:
        since = duration(snapshot.tick - broker.interrupted_tick)
        yield Blind(
            f"the broker was away until {since} ago: workers may not have come back to it yet "
            f"(given {duration(rules.reconnect_within)})"
        )


def _unowned(
    snapshot: Snapshot,
    audience: Audience,
    workers: Mapping[str, KnownWorker],
    broker: BrokerMemory,
    rules: Rules,
) -> Iterable[Blind]:
    silent = audience.silent or 0
    # A subscriber without a consumer is a worker that is connecting, or none at all (a monitor).
    since = snapshot.tick if broker.overcounted_tick is None else broker.overcounted_tick
    if len(audience.unowned) < silent and snapshot.tick - since < rules.reconnect_within:
        yield Blind(f"{_did_not_answer(silent)}{_names(workers, WorkerState.WEDGED)}")
    for consumer in audience.unowned:
        if not silent and consumer.idle > rules.drain_timeout:
            continue
        yield _consumer_spot(consumer, workers, silent=silent)
    for consumer in audience.frozen:
        yield Blind(
            f"a worker that has room took no message for {duration(consumer.idle)}: what it took "
            "before that may not have reached it yet",
            idle=consumer.idle,
            age=consumer.age,
            suspects=_connected_owners(consumer, workers),
        )


def _connected_owners(consumer: Consumer, workers: Mapping[str, KnownWorker]) -> frozenset[str]:
    return frozenset(
        name
        for name, each in workers.items()
        if each.state not in GONE and consumer.connection_id in each.connections
    )


def _consumer_spot(consumer: Consumer, workers: Mapping[str, KnownWorker], *, silent: int) -> Blind:
    connected = {name: each for name, each in workers.items() if each.state not in GONE}
    owners = _connected_owners(consumer, workers)
    quiet = sorted(name for name in owners if workers[name].state != WorkerState.UP)
    worker = quiet[0] if len(owners) == 1 and quiet else None
    unattributed = frozenset(name for name, each in connected.items() if not each.connections)
    if worker is not None and workers[worker].state == WorkerState.DRAINING:
        reason = f"{worker} is in warm shutdown and silent, its tasks run on"
    elif silent:
        reason = f"{_did_not_answer(silent)}{_names(workers, WorkerState.WEDGED)}"
    else:
        reason = (
            f"the client at {consumer.address} (idle {duration(consumer.idle)}) is a worker in "
            "warm shutdown or a stranger that once asked the workers something"
        )
    return Blind(
        reason,
        idle=consumer.idle,
        age=consumer.age,
        worker=worker,
        suspects=owners | unattributed,
    )


def _without_connections(
    snapshot: Snapshot, silent: int, workers: Mapping[str, KnownWorker], rules: Rules
) -> Iterable[Blind]:
    """Where CLIENT LIST is forbidden: goodbyes that were heard, and those before we listened."""
    if silent:
        yield Blind(f"{_did_not_answer(silent)}{_names(workers, WorkerState.WEDGED)}")
    heard = snapshot.heartbeats
    if heard.listening_since_tick is None:
        yield Blind("goodbyes of workers cannot be heard, and the broker does not list its clients")
        return
    listening = snapshot.tick - heard.listening_since_tick
    if listening < rules.drain_timeout:
        yield Blind(
            f"a worker that said goodbye before {duration(listening)} ago may still finish tasks, "
            "and the broker does not list its clients",
            idle=listening,
        )
    for name, worker in heard.workers.items():
        if worker.offline_tick is None or worker.offline_active == 0:
            continue
        since = snapshot.tick - worker.offline_tick
        if since < rules.drain_timeout:
            yield Blind(
                f"{name} said goodbye {duration(since)} ago with tasks still running",
                idle=since,
                worker=name,
                suspects=frozenset({name}),
            )


def _did_not_answer(silent: int) -> str:
    return f"{silent} connected worker{'s' if silent > 1 else ''} did not answer"


def _names(workers: Mapping[str, KnownWorker], state: WorkerState) -> str:
    names: Sequence[str] = sorted(name for name, each in workers.items() if each.state == state)
    if not names:
        return ""
    more = len(names) - NAMES_SHOWN
    return ": " + ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
