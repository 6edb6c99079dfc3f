"""The vocabulary: the frozen values in which observers speak and from which verdicts are made.

A `Snapshot` is what one scan saw; a `Judgement` is what follows from it. Nothing here touches the
world. Two clocks run through it: `at` is the exporter's wall clock (Unix seconds, for people and
metrics), `tick` is its monotonic clock (seconds, for every comparison of durations). What other
machines measured arrives as an age in seconds, taken by that machine's own clock, so that no two
clocks are ever subtracted from each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Source(StrEnum):
    """A place that evidence comes from; the `source` label of the metrics."""

    DATABASE = "database"
    BROKER = "broker"
    WORKERS = "workers"
    HEARTBEATS = "heartbeats"
    RESULTS = "results"
    OPENSEARCH = "opensearch"


class Verdict(StrEnum):
    """Where the task of a timeline or analysis is (design, Verdicts)."""

    QUEUED = "queued"
    RESERVED = "reserved"
    RUNNING = "running"
    STALLED = "stalled"
    PARKED = "parked"
    DRAINING = "draining"
    WAITING = "waiting"
    SUSPECT = "suspect"
    ORPHANED = "orphaned"
    UNKNOWN = "unknown"


class WorkerState(StrEnum):
    """What a Celery worker is doing, as far as the broker can tell (design, Workers)."""

    UP = "up"
    WEDGED = "wedged"
    DRAINING = "draining"
    DEAD = "dead"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class Place(StrEnum):
    """Where a task can be seen, in the order in which tasks move."""

    QUEUE = "queue"
    UNACKED = "unacked"
    SCHEDULED = "scheduled"
    RESERVED = "reserved"
    ACTIVE = "active"


# ------------------------------------------------------------------ Timesketch's database


@dataclass(frozen=True, slots=True)
class DataSource:
    """One uploaded file or streamed chunk of a timeline.

    `status` is None where no status row exists. `streamed` is true where no file lies on disk:
    such a row's status proves nothing, since every chunk's task updates the first of them.
    `created_age` and `status_age` are seconds by the database's clock.
    """

    data_source_id: int
    status: str | None
    status_id: int | None
    created_age: float
    status_age: float
    streamed: bool


@dataclass(frozen=True, slots=True)
class ProcessingTimeline:
    """A timeline of a living sketch whose newest status row says `processing`."""

    timeline_id: int
    sketch_id: int
    name: str
    index_name: str | None
    status_id: int
    status_age: float
    data_sources: tuple[DataSource, ...] = ()


@dataclass(frozen=True, slots=True)
class UnfinishedAnalysis:
    """An analysis of a living sketch whose newest status row says PENDING or STARTED.

    `timeline_id` and `index_name` may be None; for automatic analyzers the timeline is the first
    one of the shared index, not the one that was uploaded (facts.md, The database).
    """

    analysis_id: int
    sketch_id: int
    timeline_id: int | None
    session_id: int | None
    index_name: str | None
    analyzer: str
    status: str
    status_id: int
    status_age: float
    created_age: float


@dataclass(frozen=True, slots=True)
class DatabaseReading:
    """What one look into Timesketch's database saw, in one read-only transaction.

    `statuses` counts the timelines of living sketches by status; None where they could not be
    counted. `skew` is the database's clock minus the exporter's, in seconds, or None if it was not
    measured.
    """

    timelines: tuple[ProcessingTimeline, ...] = ()
    analyses: tuple[UnfinishedAnalysis, ...] = ()
    statuses: Mapping[str, int] | None = field(default_factory=dict)
    skew: float | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose tasks a scan looks for: everything that a first look found unfinished, or more.

    An observer keeps only sightings that name one of these, so that a scan's memory grows with
    unfinished work and not with the length of the queues. What is judged is what the reading at
    the scan's end says of them.
    """

    timeline_ids: frozenset[int] = frozenset()
    analysis_ids: frozenset[int] = frozenset()
    index_names: frozenset[str] = frozenset()


# ------------------------------------------------------------------ broker


@dataclass(frozen=True, slots=True)
class TaskMessage:
    """What the import of a file was sent with, kept so that it can be sent once more.

    `arguments` is JSON: its positional ones, then those by name. `chain` is JSON as well: the
    signatures behind it as Celery keeps them; None where they were not visible.
    """

    task_id: str
    task_name: str
    queue: str
    arguments: str
    chain: str | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A Celery task of Timesketch, seen somewhere.

    `where` is the queue's or worker's name. `age` is how long it has been there in seconds, where
    that is known (unacked: since delivery; active: since start). `redelivers_in` is the seconds
    until Redis may hand a message in `unacked` out again. `followers` are the analysis ids in the
    chain behind this task, next one first; None means that the chain was not visible here.
    """

    task_id: str
    task_name: str
    place: Place
    where: str
    timeline_id: int | None = None
    analysis_id: int | None = None
    sketch_id: int | None = None
    index_name: str | None = None
    followers: tuple[int, ...] | None = None
    age: float | None = None
    redelivers_in: float | None = None
    redelivered: bool = False
    message: TaskMessage | None = None


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """How many messages wait in a queue (all priorities) and how many of it are in `unacked`.

    `oldest_seen` is when (Unix seconds) the exporter first saw the message that is next to go.
    None where the broker does not tell.
    """

    queue: str
    ready: int | None
    unacked: int | None
    oldest_seen: float | None = None


@dataclass(frozen=True, slots=True)
class Consumer:
    """A broker connection whose last command was a blocking pop, not one of the exporter's own.

    It is a worker's consumer (living, silent or in warm shutdown) or a stranger that once waited
    for replies. `age` and `idle` are seconds by the broker's clock; `blocked` says that it waits
    in the pop right now.
    """

    connection_id: int
    address: str
    name: str
    age: float
    idle: float
    blocked: bool


@dataclass(frozen=True, slots=True)
class BrokerReading:
    """What the broker held: every queue, then the unacknowledged messages.

    `opaque` lists, in words, what might hide a timeline's task (a message that cannot be looked
    into, a queue that could not be read); anything in it makes the scan incomplete.
    `skipped` counts messages that are no tasks of Timesketch's or not readable and can hide
    nothing. `messages_read` is per queue, for the reasons of verdicts. `incarnation` changes when
    the server is started anew and `uptime` is its age in seconds; None where it does not tell.
    """

    sightings: tuple[Sighting, ...] = ()
    depths: tuple[QueueDepth, ...] = ()
    messages_read: Mapping[str, int] = field(default_factory=dict)
    unacked_read: int = 0
    skipped: int = 0
    opaque: tuple[str, ...] = ()
    incarnation: str | None = None
    uptime: float | None = None


# ------------------------------------------------------------------ workers


@dataclass(frozen=True, slots=True)
class WorkerReply:
    """What one worker answered. It counts as an answer only if every question was answered.

    `uptime` is seconds by the worker's clock, known once its statistics were asked;
    `prefetch_limit` is the number of messages it takes at most (0 or None: unknown, unlimited).
    """

    worker: str
    sightings: tuple[Sighting, ...]
    active: int
    reserved: int
    scheduled: int
    uptime: float | None = None
    pool: str | None = None
    processes: int | None = None
    prefetch_limit: int | None = None
    pid: int | None = None


@dataclass(frozen=True, slots=True)
class WorkersReading:
    """Who was asked, who answered and who is connected.

    `receivers` is how many workers took the question (PUBLISH's answer); None where the broker
    does not count. `bound` are the node names in the pidbox binding set. `consumers` is None where
    the server forbids CLIENT LIST or the broker is not Redis. `malformed` names workers whose
    answer had the wrong shape: they count as silent. `prefetched_asked` is false where nobody was
    asked for reserved tasks, because the prefetched messages are so big that the answer would hurt
    (each is in `unacked` anyway): `reserved` is then 0 and whose a message in `unacked` is stays
    unknown.
    """

    replies: tuple[WorkerReply, ...] = ()
    receivers: int | None = None
    bound: frozenset[str] = frozenset()
    consumers: tuple[Consumer, ...] | None = None
    malformed: tuple[str, ...] = ()
    prefetched_asked: bool = True


@dataclass(frozen=True, slots=True)
class Heard:
    """What the heartbeat receiver knows of one worker. Ticks are the exporter's monotonic clock.

    `online_tick` is when a worker-online event of this name last came; `offline_tick` when a
    worker-offline came, with `offline_active` tasks still active in it, unless it has been heard
    since. `clock_offset` is by how many seconds its clock is ahead of ours: told, never relied on.
    `missed` counts heartbeats that were due and did not come while somebody listened. `processed`
    and `load` (averages over 1, 5 and 15 minutes) are what it said of itself last.
    """

    worker: str
    heartbeat_at: float | None = None
    heartbeat_tick: float | None = None
    online_tick: float | None = None
    offline_tick: float | None = None
    offline_active: int | None = None
    interval: float = 2.0
    clock_offset: float | None = None
    missed: int = 0
    processed: int | None = None
    load: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class HeartbeatReading:
    """The receiver's state: since when it listens without a gap (None: not connected now)."""

    workers: Mapping[str, Heard] = field(default_factory=dict)
    listening_since_tick: float | None = None


# ------------------------------------------------------------------ search index


@dataclass(frozen=True, slots=True)
class Indexed:
    """How many events of a timeline could be searched when OpenSearch was asked last.

    `tick` is just before it was asked. `expected` is how many Timesketch counted in the files of
    the timeline; None where it has not counted all of them (a stream, or a file not yet begun).
    """

    events: int
    tick: float
    expected: int | None = None


# ------------------------------------------------------------------ one scan


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """Whether a source could be read, how long it took and, if it could not, why, in one line."""

    source: Source
    up: bool
    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one scan saw, read in the order that makes absence provable (design, Evidence).

    `before` and `after` are the two looks into the database around the rest; a source that could
    not be read is None. `results` are the states of those task ids, of the ones that were asked
    for, that have a result. `indexed` are the events of timelines by id: OpenSearch is asked more
    seldom than scans are made, and about some of very many timelines at a time, so these are of
    different age.
    """

    at: float
    tick: float
    seconds: float
    before: Wanted | None
    broker: BrokerReading | None
    workers: WorkersReading | None
    heartbeats: HeartbeatReading
    results: Mapping[str, str] | None
    after: DatabaseReading | None
    sources: tuple[SourceHealth, ...] = ()
    indexed: Mapping[int, Indexed] | None = None


# ------------------------------------------------------------------ what follows from it


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come, by its events in OpenSearch.

    `rate` is in events a second over the last minutes; None until two readings can be compared.
    `grew_at` (Unix seconds) is when new events were last seen; None if none were since the exporter
    began to look.
    """

    events: int
    expected: int | None = None
    rate: float | None = None
    grew_at: float | None = None

    @property
    def remaining(self) -> float | None:
        """Seconds to the end at this rate; None where that cannot be told."""
        if self.expected is None or not self.rate or self.events >= self.expected:
            return None
        return (self.expected - self.events) / self.rate


@dataclass(frozen=True, slots=True)
class JudgedTimeline:
    """A processing timeline and where its task is. `since` (Unix seconds) dates its status row.

    `overdue` says that its task has been active for longer than the limit of its name. `messages`
    are what the tasks of an orphan were sent with, as far as that was seen.
    """

    timeline: ProcessingTimeline
    verdict: Verdict
    since: float
    task_ids: tuple[str, ...]
    worker: str | None
    reasons: tuple[str, ...]
    progress: Progress | None = None
    overdue: bool = False
    messages: tuple[TaskMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedAnalysis:
    """An unfinished analysis and where its task is."""

    analysis: UnfinishedAnalysis
    verdict: Verdict
    since: float
    task_ids: tuple[str, ...]
    worker: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedWorker:
    """A worker and its state. `last_heartbeat` is Unix seconds; counts are None where unknown.

    `pulse` is what its events told; None where none was heard.
    """

    worker: str
    state: WorkerState
    last_heartbeat: float | None
    active: int | None
    reserved: int | None
    processes: int | None
    pool: str | None
    since: float
    reasons: tuple[str, ...] = ()
    pulse: Heard | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one scan, together with what is remembered, says about everything."""

    at: float
    tick: float
    seconds: float
    complete: bool
    incomplete_because: tuple[str, ...]
    timelines: tuple[JudgedTimeline, ...]
    analyses: tuple[JudgedAnalysis, ...]
    workers: tuple[JudgedWorker, ...]
    queues: tuple[QueueDepth, ...]
    statuses: Mapping[str, int] | None
    sources: tuple[SourceHealth, ...]
    last_complete_at: float | None = None
    strangers: tuple[Consumer, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `check`: what was looked at, how it stands and what to do about it.

    `level` is ok, warning or failure; one failure makes the command's exit code 1.
    """

    name: str
    level: str
    text: str
