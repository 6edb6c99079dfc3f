"""A model of Timesketch, Redis and Celery at the level of single steps, to try the judge on.

Tasks move as the real ones do (facts.md): rows are committed, the message is pushed, a worker pops
it, swallows it (it is in no key then), writes `unacked`, holds it reserved, begins it (the message
is acknowledged, the rows say processing anew), ends it (the rows say ready). Workers start, stop,
continue, die and shut down warmly. `Scan` reads this world in small steps, in a given order, with
the world going on in between.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exporter.snapshot import (
    BrokerReading,
    Consumer,
    DatabaseReading,
    DataSource,
    Heard,
    HeartbeatReading,
    Place,
    ProcessingTimeline,
    Sighting,
    Snapshot,
    WorkerReply,
    WorkersReading,
)
from tests.unit.judge.build import looked_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from random import Random

TASK = "timesketch.lib.tasks.run_csv_jsonl"
PREFETCH = 4
PROCESSES = 2


@dataclass(slots=True)
class Row:
    """A timeline with one data source."""

    timeline_id: int
    status: str
    status_id: int
    status_tick: float
    source_status: str
    source_tick: float
    created_tick: float


@dataclass(slots=True)
class Worker:
    """A Celery worker and its consuming connection."""

    name: str
    connection: int
    born: float
    subscribes_at: float
    popped: float
    stopped: bool = False
    draining: bool = False
    swallowing: str | None = None
    swallows_from: float = 0.0
    swallows_until: float = 0.0
    reserved: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)

    def room(self) -> bool:
        """Whether it may take another message."""
        return len(self.reserved) + len(self.active) < PREFETCH


@dataclass(slots=True)
class World:
    """Everything that is; the truth that verdicts are held against.

    In a `sudden` world messages are sent with their rows and swallowed at once, and no worker
    hands any back, so that a single complete scan in the right order proves an absence.
    """

    random: Random
    sudden: bool = False
    now: float = 1_000.0
    rows: dict[int, Row] = field(default_factory=dict)
    unsent: dict[str, float] = field(default_factory=dict)
    queue: list[str] = field(default_factory=list)
    unacked: dict[str, str] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    strangers: dict[int, tuple[float, float]] = field(default_factory=dict)
    heard: dict[str, Heard] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    numbers: int = 0

    def number(self) -> int:
        """A number that was never used before."""
        self.numbers += 1
        return self.numbers

    def _delay(self, *seconds: float) -> float:
        return 0.0 if self.sudden else self.random.choice(seconds)

    # ---------------------------------------------------------------- truth

    def alive(self, timeline_id: int) -> bool:
        """Whether the task of this timeline exists anywhere, visible or not."""
        task = f"t{timeline_id}"
        return (
            task in self.unsent
            or task in self.queue
            or task in self.unacked
            or any(
                task in worker.reserved or task in worker.active or worker.swallowing == task
                for worker in self.workers.values()
            )
        )

    # ---------------------------------------------------------------- steps

    def step(self) -> None:
        """One random thing happens."""
        self.now += self.random.choice((0.0, 0.01, 0.3, 1.0))
        self.settle()
        actions: Sequence[tuple[int, Callable[[], None]]] = (
            (4, self.upload),
            (1, self.lose_message),
            (3, self.start_worker),
            (6, self.begin),
            (3, self.finish),
            (1, self.kill),
            (1, self.kill_child),
            (1, self.terminate),
            (1, self.stop),
            (2, self.resume),
            (1, self.stranger_asks),
            (12, self.take),
        )
        weights = [weight for weight, _ in actions]
        self.random.choices([action for _, action in actions], weights)[0]()
        self.settle()

    def upload(self) -> None:
        """Rows first, the message up to some seconds later."""
        if len(self.rows) > 25:
            return
        timeline_id = self.number()
        self.rows[timeline_id] = Row(
            timeline_id, "processing", self.number(), self.now, "queueing", self.now, self.now
        )
        self.unsent[f"t{timeline_id}"] = self.now + self._delay(0.0, 1.0, 5.0, 24.5)

    def lose_message(self) -> None:
        """A message that was never sent, or that Redis lost."""
        for place in (list(self.unsent), self.queue):
            if place and self.random.random() < 0.5:
                task = self.random.choice(place)
                self.unsent.pop(task, None)
                if task in self.queue:
                    self.queue.remove(task)
                return

    def start_worker(self) -> None:
        """A worker of a new name, or of the name of one that is gone."""
        name = f"celery@w{self.random.randint(1, 4)}"
        if name in self.workers:
            return
        subscribes_at = self.now + self.random.choice((0.0, 1.0, 4.0))
        self.workers[name] = Worker(name, self.number(), self.now, subscribes_at, self.now)

    def _living(self) -> list[Worker]:
        return [worker for worker in self.workers.values() if not worker.stopped]

    def take(self) -> None:
        """A pop: from now on the message is in no key until the worker has swallowed it."""
        ready = [
            worker
            for worker in self._living()
            if not worker.draining
            and worker.swallowing is None
            and worker.room()
            and worker.subscribes_at <= self.now
        ]
        if ready and self.queue:
            worker = self.random.choice(ready)
            worker.swallowing = self.queue.pop()
            worker.popped = self.now
            worker.swallows_from = self.now + self._delay(0.0, 0.2)
            worker.swallows_until = self.now + self._delay(0.0, 0.0, 0.1, 3.0, 9.0)

    def begin(self) -> None:
        """Acknowledged at its start; the rows are written anew by the task."""
        ready = [
            worker
            for worker in self._living()
            if worker.reserved and len(worker.active) < PROCESSES and not worker.draining
        ]
        if not ready:
            return
        worker = self.random.choice(ready)
        task = worker.reserved.pop(0)
        worker.active.append(task)
        self.unacked.pop(task, None)
        row = self.rows.get(int(task[1:]))
        if row is not None:
            row.status_id, row.status_tick = self.number(), self.now
            row.source_status, row.source_tick = "processing", self.now

    def finish(self) -> None:
        """The task writes its rows, then it is no longer active; a drained worker ends."""
        busy = [worker for worker in self._living() if worker.active]
        if not busy:
            return
        worker = self.random.choice(busy)
        task = worker.active.pop(0)
        self.rows.pop(int(task[1:]), None)
        self.results[task] = "SUCCESS"

    def kill(self) -> None:
        """SIGKILL: its connection closes, what it was running is lost."""
        if self.workers and self.random.random() < 0.5:
            worker = self.workers.pop(self.random.choice(sorted(self.workers)))
            self.dead.update(worker.active)
            if worker.swallowing is not None:
                self.dead.add(worker.swallowing)

    def kill_child(self) -> None:
        """The kernel ends one process of the pool; Celery writes FAILURE, the rows stay."""
        busy = [worker for worker in self._living() if worker.active]
        if busy:
            task = self.random.choice(busy).active.pop()
            self.results[task] = "FAILURE"
            self.dead.add(task)

    def terminate(self) -> None:
        """SIGTERM: silent at once, tasks run on, prefetched messages come back at the end."""
        able = [each for each in self._living() if not each.draining and each.swallowing is None]
        if able and not self.sudden and self.random.random() < 0.5:
            worker = self.random.choice(able)
            worker.draining = True
            heard = self.heard.get(worker.name, Heard(worker.name))
            self.heard[worker.name] = Heard(
                worker.name,
                heard.heartbeat_at,
                heard.heartbeat_tick,
                heard.online_tick,
                self.now,
                len(worker.active),
            )

    def stop(self) -> None:
        """SIGSTOP: subscribed, connected, silent."""
        living = self._living()
        if living and self.random.random() < 0.3:
            self.random.choice(living).stopped = True

    def resume(self) -> None:
        """SIGCONT."""
        for worker in self.workers.values():
            if worker.stopped and self.random.random() < 0.5:
                worker.stopped = False

    def stranger_asks(self) -> None:
        """Some tool asks the workers something, once or again on its pooled connection."""
        if self.strangers and self.random.random() < 0.7:
            connection = self.random.choice(sorted(self.strangers))
            self.strangers[connection] = (self.strangers[connection][0], self.now)
        elif len(self.strangers) < 3:
            self.strangers[self.number()] = (self.now, self.now)

    def settle(self) -> None:
        """What happens by itself as time goes on."""
        for task, at in list(self.unsent.items()):
            if at <= self.now:
                del self.unsent[task]
                self.queue.insert(0, task)
        for worker in list(self.workers.values()):
            if worker.stopped:
                continue
            if worker.swallowing is not None and worker.swallows_until <= self.now:
                self.unacked[worker.swallowing] = worker.name
                worker.reserved.append(worker.swallowing)
                worker.swallowing = None
            if worker.draining:
                if not worker.active:
                    self._hand_back(worker)
                continue
            if worker.room() and worker.swallowing is None:
                worker.popped = self.now
            online = worker.born + (worker.subscribes_at - worker.born) / 2
            if online <= self.now:
                self.heard[worker.name] = Heard(worker.name, self.now, self.now, online)

    def _hand_back(self, worker: Worker) -> None:
        for task in worker.reserved:
            self.unacked.pop(task, None)
            self.queue.append(task)
        del self.workers[worker.name]

    # ---------------------------------------------------------------- what can be read of it

    def read_database(self) -> DatabaseReading:
        """The processing timelines, with ages by the database's clock."""
        return DatabaseReading(
            timelines=tuple(
                ProcessingTimeline(
                    timeline_id=row.timeline_id,
                    sketch_id=1,
                    name=f"timeline {row.timeline_id}",
                    index_name="index",
                    status_id=row.status_id,
                    status_age=self.now - row.status_tick,
                    data_sources=(
                        DataSource(
                            data_source_id=row.timeline_id,
                            status=row.source_status,
                            status_id=row.status_id,
                            created_age=self.now - row.created_tick,
                            status_age=self.now - row.source_tick,
                            streamed=False,
                        ),
                    ),
                )
                for row in self.rows.values()
            ),
            statuses={"processing": len(self.rows)},
        )

    def read_queue(self) -> tuple[Sighting, ...]:
        """The queue's messages."""
        return tuple(_sighting(task, Place.QUEUE, "celery") for task in self.queue)

    def read_unacked(self) -> tuple[Sighting, ...]:
        """The unacknowledged messages; no owner is written."""
        return tuple(_sighting(task, Place.UNACKED, "celery") for task in self.unacked)

    def receivers(self) -> tuple[str, ...]:
        """Who is subscribed to the pidbox; a stopped worker still is."""
        return tuple(
            worker.name
            for worker in self.workers.values()
            if not worker.draining and worker.subscribes_at <= self.now
        )

    def ask(self, name: str) -> WorkerReply | None:
        """One worker's answer to everything, or None if it stays silent."""
        worker = self.workers.get(name)
        if worker is None or worker.stopped or worker.draining:
            return None
        if worker.swallowing is not None and worker.swallows_from <= self.now:
            return None
        return WorkerReply(
            worker=name,
            sightings=(
                *(_sighting(task, Place.RESERVED, name) for task in worker.reserved),
                *(_sighting(task, Place.ACTIVE, name) for task in worker.active),
            ),
            active=len(worker.active),
            reserved=len(worker.reserved),
            scheduled=0,
            uptime=float(int(self.now - worker.born)),
            prefetch_limit=PREFETCH,
        )

    def consumers(self) -> tuple[Consumer, ...]:
        """CLIENT LIST: workers, those in warm shutdown, and strangers, all alike."""
        known = [(each.connection, each.born, each.popped) for each in self.workers.values()]
        known += [(number, born, asked) for number, (born, asked) in self.strangers.items()]
        return tuple(
            Consumer(
                connection_id=number,
                address=f"10.0.0.1:{number}",
                name="",
                age=float(int(self.now - born)),
                idle=float(int(self.now - popped)),
                blocked=popped == self.now,
            )
            for number, born, popped in known
        )


def _sighting(task: str, place: Place, where: str) -> Sighting:
    return Sighting(
        task_id=task, task_name=TASK, place=place, where=where, timeline_id=int(task[1:])
    )


CORRECT_ORDER = ("before", "queue", "unacked", "connections", "ask", "results", "after")


def scan(
    world: World,
    between: Callable[[], None],
    *,
    task_ids: Collection[str] = (),
    listening_since: float | None = None,
    order: Sequence[str] = CORRECT_ORDER,
) -> Snapshot:
    """Read the world in the given order, with `between` called between the single readings."""
    began = world.now
    seen: dict[str, object] = {}
    replies: list[WorkerReply] = []
    for part in order:
        between()
        match part:
            case "before" | "after":
                seen[part] = world.read_database()
            case "queue":
                seen[part] = world.read_queue()
            case "unacked":
                seen[part] = world.read_unacked()
            case "ask":
                asked = world.receivers()
                seen[part] = len(asked)
                for name in asked:
                    between()
                    reply = world.ask(name)
                    if reply is not None:
                        replies.append(reply)
            case "connections":
                seen[part] = world.consumers()
            case "results":
                seen[part] = {task: world.results.get(task, "PENDING") for task in task_ids}
    queued, unacked = seen["queue"], seen["unacked"]
    return Snapshot(
        at=1_800_000_000.0 + began,
        tick=began,
        seconds=world.now - began,
        before=looked_for(seen["before"]),  # type: ignore[arg-type]
        broker=BrokerReading(
            sightings=(*queued, *unacked),  # type: ignore[misc]
            messages_read={"celery": len(queued)},  # type: ignore[arg-type]
            unacked_read=len(unacked),  # type: ignore[arg-type]
            incarnation="one",
            uptime=10_000.0,
        ),
        workers=WorkersReading(
            replies=tuple(replies),
            receivers=seen["ask"],  # type: ignore[arg-type]
            bound=frozenset(world.workers),
            consumers=seen["connections"],  # type: ignore[arg-type]
        ),
        heartbeats=HeartbeatReading(
            workers=dict(world.heard), listening_since_tick=listening_since
        ),
        results=seen["results"],  # type: ignore[arg-type]
        after=seen["after"],  # type: ignore[arg-type]
    )
