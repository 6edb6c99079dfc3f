"""The JSON of the API, as openapi.json has it.

What answers are made of is plain values (`judged`, `acted`); a test holds them to these models.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from exporter.snapshot import Source as SourceName
from exporter.snapshot import Verdict, WorkerState
from exporter.web.webhook.told import Attempt

Moment = Annotated[
    str, Field(description="RFC 3339, in UTC.", json_schema_extra={"format": "date-time"})
]
TimelineId = Annotated[int, Field(ge=1, le=2**53)]


class Part(BaseModel):
    """An answer, or a part of one: nothing but what is declared."""

    model_config = ConfigDict(extra="forbid")


class Finding(Part):
    """Where the task of something unfinished is."""

    verdict: Verdict
    since: Moment
    task_ids: list[str]
    worker: str | None
    reasons: list[str]


class Progress(Part):
    """How far an import has come, by its events in OpenSearch."""

    events: int
    expected: int | None = Field(description="null until Timesketch has counted every file.")
    events_per_second: float | None = Field(description="Over the last minutes.")
    remaining_seconds: float | None = Field(description="An estimate at that rate.")
    grew_at: Moment | None = Field(description="When new events were last seen.")


class Timeline(Finding):
    """A timeline that says processing."""

    timeline_id: int
    sketch_id: int
    name: str | None = Field(description="null while nobody has to sign in.")
    progress: Progress | None = Field(description="null where OpenSearch is not watched.")


class DataSource(Part):
    """A file or stream of a timeline."""

    data_source_id: int
    status: str | None
    status_seconds: float = Field(description="How long it has said so.")
    created_seconds: float = Field(description="How long ago it was made.")
    streamed: bool


class Analysis(Finding):
    """An analysis that says PENDING or STARTED."""

    analysis_id: int
    sketch_id: int
    timeline_id: int | None
    analyzer: str


class Worker(Part):
    """A Celery worker."""

    worker: str
    state: WorkerState
    last_heartbeat: Moment | None
    missed_heartbeats: int | None
    clock_offset_seconds: float | None = Field(
        description="By how much its clock is ahead of the exporter's."
    )
    processed: int | None
    load: list[float] | None
    active: int | None
    pool: str | None


class Queue(Part):
    """A queue of the broker."""

    queue: str
    ready: int | None
    unacked: int | None


class Scanned(Part):
    """Which scan an answer rests on, and whether it could see everything."""

    scanned_at: Moment
    complete: bool
    incomplete_because: list[str]


class Timelines(Scanned):
    """Timelines that say processing, a page of them; `total` counts all of them."""

    total: int
    timelines: list[Timeline]


class Analyses(Scanned):
    """Unfinished analyses, a page of them."""

    total: int
    analyses: list[Analysis]


class Workers(Scanned):
    """All workers that are known."""

    workers: list[Worker]


class Queues(Scanned):
    """All queues that are read."""

    queues: list[Queue]


class Source(Part):
    """How a source of evidence did in a scan."""

    source: SourceName
    up: bool
    seconds: float
    error: str | None


class Scan(Scanned):
    """One scan. The counts by verdict are null where Timesketch's database could not be read."""

    seconds: float
    sources: list[Source]
    timelines: dict[Verdict, int] | None
    analyses: dict[Verdict, int] | None


class Scans(Part):
    """The last scans, the newest first."""

    scans: list[Scan]


class Refusal(Part):
    """A guard's no."""

    guard: str
    reason: str


class Entry(Part):
    """A repair or undo, as `timesketch-exporter journal --output json` tells it."""

    repair_id: str
    begun_at: Moment
    ended_at: Moment | None
    outcome: str | None = Field(description="null while it is under way.")
    target: Literal["timeline", "analysis"]
    target_id: int
    sketch_id: int | None
    timeline_id: int | None
    name: str | None = Field(description="null while nobody has to sign in.")
    actor: str
    trigger: str
    request: str | None
    verdict: str
    since: Moment
    judged_at: Moment
    reasons: list[str]
    task_ids: list[str]
    worker: str | None
    refusals: list[Refusal]
    detail: str
    undoes: str | None
    undone_by: str | None
    superseded_at: Moment | None
    superseded_by: str | None
    status_id: int | None
    before: dict[str, Any]
    changes: list[dict[str, Any]]
    after: dict[str, Any] | None
    instance: str
    version: str
    requeue: dict[str, Any] | None


class TimelineStory(Timeline, Scanned):
    """A timeline with everything that is known of it."""

    data_sources: list[DataSource]
    repairs: list[Entry] | None = Field(description="null while the journal is away.")


class Chapter(Part):
    """One thing that happened to a timeline, and who says so. A gap is what nobody knows."""

    at: Moment
    source: str
    text: str
    reasons: list[str]
    is_gap: bool


class TimelineHistory(Part):
    """What happened to a timeline, in the order of time."""

    timeline_id: int
    chapters: list[Chapter]
    remarks: list[str]


class Repairs(Part):
    """Entries of the journal, the newest last."""

    repairs: list[Entry]


class Request(Attempt):
    """One attempt of a request that an alert made at the webhook."""

    request_id: str
    target: Literal["timeline", "analysis"]
    target_id: int | None
    alert: str
    fingerprint: str


class Requests(Part):
    """Attempts of requests, the newest first."""

    requests: list[Request]


class Paused(Part):
    """Since when repairs are paused, by whom and why."""

    at: Moment
    actor: str
    reason: str | None = Field(description="null while nobody has to sign in.")


class Guards(Part):
    """How the guards stand. What the journal alone knows is null while it is away."""

    mode: Literal["off", "dry-run", "enforce"]
    journal_up: bool
    paused: Paused | None
    brake_engaged: bool | None
    brake_until: Moment | None
    budget_remaining: int | None
    budget_free_at: Moment | None


class Decision(Part):
    """Whether a planned repair would be written, by the guards of now."""

    granted: bool
    dry_run: bool
    refusals: list[Refusal]


class Planned(Part):
    """A repair as it is planned."""

    repair_id: str
    target: Literal["timeline", "analysis"]
    target_id: int
    sketch_id: int | None
    timeline_id: int | None
    name: str
    reasons: list[str]
    changes: list[str]
    before: dict[str, Any] = Field(description="Timesketch's rows that it was planned for.")
    decision: Decision


class NotPlanned(Part):
    """Something that was asked for, or shown, and is not repaired."""

    target: Literal["timeline", "analysis"]
    target_id: int
    reason: str


class Plan(Part):
    """A plan that waits to be confirmed by whoever asked for it."""

    plan_id: str
    made_at: Moment
    expires_at: Moment
    confirm: str = Field(examples=["repair 3"], description="What has to be sent to apply it.")
    repairs: list[Planned]
    not_planned: list[NotPlanned]


class Applied(Part):
    """What became of a plan. `changed` was shown, is other than that by now, and was not tried."""

    entries: list[Entry]
    changed: list[NotPlanned]
    problem: str | None = Field(description="What stopped the rest, if anything did.")
    not_tried: int = Field(description="How many were left because of it.")


_NO_TIMELINES: JsonValue = {"maxItems": 0}
_NO_SKETCH: JsonValue = {"type": "null"}
_NOT_ALL: JsonValue = {"const": False}
_CHOICES: list[JsonValue] = [
    {
        "required": ["timelines"],
        "properties": {"timelines": {"minItems": 1}, "sketch": _NO_SKETCH, "all": _NOT_ALL},
    },
    {
        "required": ["sketch"],
        "properties": {"timelines": _NO_TIMELINES, "sketch": {"type": "integer"}, "all": _NOT_ALL},
    },
    {
        "required": ["all"],
        "properties": {"timelines": _NO_TIMELINES, "sketch": _NO_SKETCH, "all": {"const": True}},
    },
]


class PlanAsked(Part):
    """What to repair: timelines by their ids, or a sketch, or all that is orphaned."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _CHOICES})

    timelines: list[TimelineId] = Field(default=[], max_length=10_000)
    sketch: TimelineId | None = None
    all: bool = False


class Confirmed(Part):
    """What was typed to confirm."""

    confirm: str = Field(max_length=100, examples=["repair 3"])


class PauseAsked(Part):
    """Why repairs are to be paused."""

    reason: str = Field(max_length=400, pattern=r"\S", examples=["rollout"])
