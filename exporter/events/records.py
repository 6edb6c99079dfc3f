"""What is stored, one kind of record each. Moments are Unix seconds by the exporter's clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Stream(StrEnum):
    """What is watched, each with gaps of its own."""

    SCANS = "scans"
    WORKERS = "worker events"
    TASKS = "task events"


class Kind(StrEnum):
    """What Celery says that happened to a task (its events `task-*`)."""

    SENT = "sent"
    RECEIVED = "received"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REJECTED = "rejected"
    REVOKED = "revoked"
    RETRIED = "retried"


class TaskEvent(NamedTuple):
    """One event of a task; a tuple, since there may be tens of thousands a second.

    `stamp` is the worker's own time, by which the same event is known that two replicas heard;
    `at` is the moment by our clock. `timeline_id` and `analysis_id` are what its arguments name.
    """

    task_id: str
    kind: Kind
    worker: str
    stamp: float
    at: float
    detail: str | None = None
    task_name: str | None = None
    timeline_id: int | None = None
    analysis_id: int | None = None


class Beats(NamedTuple):
    """The heartbeats of a worker within a minute (`minute` counts them from 1970 on)."""

    worker: str
    minute: int
    beats: int
    last_at: float


@dataclass(frozen=True, slots=True)
class Tie:
    """A task of a timeline or analysis, as scans found it."""

    task_id: str
    at: float
    timeline_id: int | None
    analysis_id: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A data source of a timeline, and since when it says what it says."""

    data_source_id: int
    kind: str
    status: str | None
    made_at: float
    since: float


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict that changed, with all that speaks for it.

    `verdict` is None once the row says something else than that it is being worked on. `target` is
    `timeline` or `analysis`; an analysis has the timeline beside it that it belongs to, if any.
    `since` dates the status row. `instance` is the exporter that found it.
    """

    at: float
    instance: str
    target: str
    target_id: int
    timeline_id: int | None
    verdict: str | None
    worker: str | None = None
    reasons: tuple[str, ...] = ()
    task_ids: tuple[str, ...] = ()
    since: float | None = None
    complete: bool = True
    analyzer: str | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerChange:
    """A worker whose state changed, and when its heart beat last before that."""

    at: float
    instance: str
    worker: str
    state: str
    last_heartbeat: float | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watch:
    """A time in which a stream was watched without a break; `because` says what ended it, if known.

    What lies between two watches of a stream is a gap: nobody knows what happened then.
    """

    stream: Stream
    instance: str
    began_at: float
    until_at: float
    because: str | None = None
