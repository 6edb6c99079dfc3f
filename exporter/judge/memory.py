"""What is remembered between scans; immutable, so that a judgement can be repeated exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.snapshot import Place, Sighting, TaskMessage, WorkerState

TERMINAL_RESULTS = frozenset({"SUCCESS", "FAILURE", "REVOKED"})


@dataclass(frozen=True, slots=True)
class Trace:
    """A task that was seen at least once: where last, who ever held it and how it ended.

    Neither results nor events name the timeline, so this memory is what links a task id to it.
    `last` is how it was seen last, the furthest along its way, with all that was ever told of it:
    its message as whole as it was ever seen. `seen_tick` is inf of a task that the last scan saw
    wait in a queue: as long as it stands there its trace stays the same. `holder` is the worker
    that reported it last. `doubled` is set once Redis may have handed the same message out twice:
    such a task's end proves nothing about its twin. `redelivers_tick` is from when Redis may do so,
    if it was last seen unacknowledged. `result_tick` is the scan that read `result`.
    """

    last: Sighting
    first_seen_tick: float
    seen_tick: float
    seen_at: float
    holder: str | None = None
    doubled: bool = False
    redelivers_tick: float | None = None
    result: str | None = None
    result_tick: float = -inf

    @property
    def task_id(self) -> str:
        """The id of the task."""
        return self.last.task_id

    @property
    def place(self) -> Place:
        """In what kind of place it was seen last."""
        return self.last.place

    @property
    def where(self) -> str:
        """The queue or worker where it was seen last."""
        return self.last.where

    @property
    def timeline_id(self) -> int | None:
        """The timeline that it imports, or None."""
        return self.last.timeline_id

    @property
    def analysis_id(self) -> int | None:
        """The analysis that it makes, or None."""
        return self.last.analysis_id

    @property
    def index_name(self) -> str | None:
        """The search index that it works on, if it was ever told."""
        return self.last.index_name

    @property
    def followers(self) -> tuple[int, ...] | None:
        """The analyses behind it, or None if its chain was never seen."""
        return self.last.followers

    @property
    def message(self) -> TaskMessage | None:
        """What it was sent with, if that was seen."""
        return self.last.message

    @property
    def ended(self) -> bool:
        """Whether the result backend says that it will not run any more.

        Of a task that was seen by the same scan or later, it said so about something else: another
        run of the same message, or one of a predecessor, whose failure Celery writes down for the
        rest of its chain.
        """
        return self.result in TERMINAL_RESULTS and self.result_tick > self.seen_tick


@dataclass(frozen=True, slots=True)
class KnownWorker:
    """A node name that was seen: its broker connection, its present and its end.

    `connections` are the broker connections of which one is its consumer (learnt while it
    answered); `answered_tick` is when it answered last, if it was not gone since. `born_tick` is
    its start by its own uptime, at the latest; `roomy_tick` is when it
    last answered with room for more messages; `gone_tick` is since when it has provably been gone;
    `reborn_tick` is when the same name was first seen with a younger process.
    """

    worker: str
    state: WorkerState
    state_tick: float
    state_at: float
    answered_tick: float | None = None
    roomy_tick: float | None = None
    connections: frozenset[int] = frozenset()
    born_tick: float | None = None
    gone_tick: float | None = None
    gone_at: float | None = None
    reborn_tick: float | None = None
    active: int | None = None
    reserved: int | None = None
    processes: int | None = None
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class KnownConnection:
    """A consumer that belonged to no answering worker when all of them had answered.

    `unowned_tick` is when that was first certain; `stranger` is set once it is proven that no
    worker is behind it.
    """

    unowned_tick: float | None = None
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Since when something has been nowhere in every complete scan, and whether that is proven."""

    tick: float
    at: float
    confirmed_at: float | None = None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokerMemory:
    """Which server was asked last, and when it was last found away or new.

    `awaited` are the workers that were connected before it was away. `overcounted_tick` is since
    when more subscribers stay silent than connections are left that could be a worker's.
    """

    incarnation: str | None = None
    interrupted_tick: float | None = None
    awaited: frozenset[str] = frozenset()
    overcounted_tick: float | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """What OpenSearch has shown of a timeline since `first_tick`, up to `tick`.

    `scan_tick` is the scan that brought the last reading. `grew_tick` is when new events were last
    seen, if any were, and `grew_from` the scan before, whose reading did not show them. `samples`
    are the last readings (tick, events), oldest first.
    """

    events: int
    expected: int | None
    first_tick: float
    tick: float
    scan_tick: float
    grew_from: float | None = None
    grew_tick: float | None = None
    grew_at: float | None = None
    samples: tuple[tuple[float, int], ...] = ()


SuspicionKey = tuple[str, int, int, tuple[tuple[int, int | None], ...]]


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything that one judgement hands to the next; `tick` and `at` are when it was made."""

    tick: float = -inf
    at: float = 0.0
    traces: Mapping[str, Trace] = field(default_factory=dict)
    workers: Mapping[str, KnownWorker] = field(default_factory=dict)
    connections: Mapping[int, KnownConnection] = field(default_factory=dict)
    suspicions: Mapping[SuspicionKey, Suspicion] = field(default_factory=dict)
    broker: BrokerMemory = field(default_factory=BrokerMemory)
    growth: Mapping[int, Growth] = field(default_factory=dict)
    last_complete_at: float | None = None

    @classmethod
    def empty(cls) -> Memory:
        """The memory of an exporter that has just started."""
        return cls()

    @property
    def task_ids(self) -> tuple[str, ...]:
        """The tasks whose results the next scan should ask for: all that have not ended."""
        return tuple(task_id for task_id, trace in self.traces.items() if not trace.ended)
