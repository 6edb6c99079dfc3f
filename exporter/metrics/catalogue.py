"""Every metric of the public contract, as data: design.md, Settings, commands, metrics.

`docs/metrics.md` and the collector are both made from this. Timesketch exports `timesketch_*`
names of its own; none of them may appear here (a test knows them).
"""

from __future__ import annotations

from exporter.metrics.console import CONSOLE_CATALOGUE
from exporter.metrics.declaration import Declaration
from exporter.metrics.history import HISTORY_CATALOGUE
from exporter.metrics.repair_catalogue import REPAIR_CATALOGUE
from exporter.metrics.webhook_catalogue import WEBHOOK_CATALOGUE
from exporter.snapshot import Source, Verdict, WorkerState

VERDICTS = tuple(Verdict)
TIMELINE_STATUSES = ("new", "processing", "ready", "fail", "archived", "closed", "deleted", "other")
"""Timesketch's own (timesketch/models/annotations.py), and `other` for what it may add."""

WORKER_STATES = tuple(WorkerState)
RENDERED_WORKER_STATES = tuple(state for state in WorkerState if state is not WorkerState.OFFLINE)
"""A worker that said goodbye has no series of its own."""

LOAD_MINUTES = ("1", "5", "15")
QUEUE_STATES = ("ready", "unacked")
FAULT = "exporter"
"""The `source` of a failed scan that no source is to blame for: a fault of the exporter itself."""

_NO_DATABASE = "before the first scan, and while Timesketch's database cannot be read"
_NO_HEARTBEAT = "until the first heartbeat was heard"
_NO_WORKERS = "before the first scan, and while the workers cannot be asked"

TIMELINES = Declaration(
    name="timesketch_timelines",
    kind="gauge",
    labels=("status",),
    values={"status": TIMELINE_STATUSES},
    help="Timelines of living sketches by the status that Timesketch shows.",
    absent=_NO_DATABASE,
)
PROCESSING_TIMELINES = Declaration(
    name="timesketch_processing_timelines",
    kind="gauge",
    labels=("verdict",),
    values={"verdict": VERDICTS},
    help="Timelines with the status processing, by where their task was found.",
    absent=_NO_DATABASE,
)
ORPHANED_TIMELINES = Declaration(
    name="timesketch_orphaned_timelines",
    kind="gauge",
    labels=(),
    help="Timelines that say processing while nothing processes them.",
    absent=_NO_DATABASE,
)
ORPHANED_TIMELINE_SINCE = Declaration(
    name="timesketch_orphaned_timeline_since_timestamp_seconds",
    kind="gauge",
    labels=("sketch_id", "timeline_id"),
    unit="seconds",
    help="When an orphaned timeline was set to processing, the oldest metrics.max-orphans of them.",
    absent="for timelines that are not orphaned",
)
PROCESSING_TIMELINE_SINCE = Declaration(
    name="timesketch_processing_timeline_since_timestamp_seconds",
    kind="gauge",
    labels=("sketch_id", "timeline_id", "verdict"),
    values={"verdict": VERDICTS},
    unit="seconds",
    help="When a timeline was set to processing, the oldest metrics.max-processing of them.",
    absent="for timelines that are not processing",
)
_NOT_COUNTED = (
    "for timelines that are not processing, while OpenSearch is not watched or cannot be read"
)
INDEXED_EVENTS = Declaration(
    name="timesketch_timeline_indexed_events",
    kind="gauge",
    labels=("sketch_id", "timeline_id"),
    help="Events of a processing timeline in OpenSearch, the oldest metrics.max-processing.",
    absent=_NOT_COUNTED,
)
EXPECTED_EVENTS = Declaration(
    name="timesketch_timeline_expected_events",
    kind="gauge",
    labels=("sketch_id", "timeline_id"),
    help="Events that Timesketch counted in the files of a processing timeline (of a CSV file its "
    "lines, with the header), the oldest metrics.max-processing.",
    absent=f"{_NOT_COUNTED}, and until Timesketch has counted every file (streams never are)",
)
UNFINISHED_ANALYSES = Declaration(
    name="timesketch_unfinished_analyses",
    kind="gauge",
    labels=("verdict",),
    values={"verdict": VERDICTS},
    help="Analyses with the status PENDING or STARTED, by where their task was found.",
    absent=_NO_DATABASE,
)
ORPHANED_ANALYSES = Declaration(
    name="timesketch_orphaned_analyses",
    kind="gauge",
    labels=(),
    help="Analyses that say PENDING or STARTED while nothing runs or will run them.",
    absent=_NO_DATABASE,
)
ORPHANED_ANALYSIS_SINCE = Declaration(
    name="timesketch_orphaned_analysis_since_timestamp_seconds",
    kind="gauge",
    labels=("sketch_id", "timeline_id", "analysis_id", "analyzer"),
    unit="seconds",
    help="When an orphaned analysis got its status, the oldest metrics.max-orphans of them.",
    absent="for analyses that are not orphaned",
)
WORKER_UP = Declaration(
    name="timesketch_worker_up",
    kind="gauge",
    labels=("worker",),
    help="1 while a Celery worker is connected (up, wedged or draining), 0 once it is dead; "
    "a dead one stays for workers.forget-after, one that said goodbye goes at once.",
    absent="for workers in the state unknown",
)
WORKER_STATE = Declaration(
    name="timesketch_worker_state",
    kind="gauge",
    labels=("worker", "state"),
    values={"state": RENDERED_WORKER_STATES},
    help="1 for the state that a Celery worker is in, 0 for the others.",
    absent=_NO_WORKERS,
)
WORKER_LAST_HEARTBEAT = Declaration(
    name="timesketch_worker_last_heartbeat_timestamp_seconds",
    kind="gauge",
    labels=("worker",),
    unit="seconds",
    help="When a worker's last heartbeat event arrived.",
    absent=_NO_HEARTBEAT,
)
WORKER_MISSED_HEARTBEATS = Declaration(
    name="timesketch_worker_missed_heartbeats_total",
    kind="counter",
    labels=("worker",),
    help="Heartbeats of a worker that were due and did not come since the exporter first heard it, "
    "but for times in which the exporter could not listen or the worker had said goodbye.",
    absent=_NO_HEARTBEAT,
)
WORKER_CLOCK_OFFSET = Declaration(
    name="timesketch_worker_clock_offset_seconds",
    kind="gauge",
    labels=("worker",),
    unit="seconds",
    help="By how much a worker's clock is ahead of the exporter's, less the way of the event. "
    "No verdict depends on it.",
    absent=_NO_HEARTBEAT,
)
WORKER_PROCESSED_TASKS = Declaration(
    name="timesketch_worker_processed_tasks_total",
    kind="counter",
    labels=("worker",),
    help="Tasks that a worker has taken up since it began, as it says itself.",
    absent=_NO_HEARTBEAT,
)
WORKER_LOAD = Declaration(
    name="timesketch_worker_load_average",
    kind="gauge",
    labels=("worker", "minutes"),
    values={"minutes": LOAD_MINUTES},
    help="Load average of a worker's machine over so many minutes, as it says itself.",
    absent=_NO_HEARTBEAT,
)
WORKER_ACTIVE_TASKS = Declaration(
    name="timesketch_worker_active_tasks",
    kind="gauge",
    labels=("worker",),
    help="Tasks that a worker runs.",
    absent="while the worker does not tell",
)
WORKER_RESERVED_TASKS = Declaration(
    name="timesketch_worker_reserved_tasks",
    kind="gauge",
    labels=("worker",),
    help="Tasks that a worker has prefetched and not begun.",
    absent="while the worker does not tell",
)
WORKER_POOL_PROCESSES = Declaration(
    name="timesketch_worker_pool_processes",
    kind="gauge",
    labels=("worker",),
    help="Processes in a worker's pool: how many tasks it can run at once.",
    absent="until the worker told",
)
WORKERS = Declaration(
    name="timesketch_workers",
    kind="gauge",
    labels=("state",),
    values={"state": WORKER_STATES},
    help="Celery workers by state.",
    absent=_NO_WORKERS,
)
QUEUE_MESSAGES = Declaration(
    name="timesketch_queue_messages",
    kind="gauge",
    labels=("queue", "state"),
    values={"state": QUEUE_STATES},
    help="Messages of a queue: ready to be taken, or unacked (taken and not begun).",
    absent="before the first scan, while the broker cannot be read, and where it does not tell",
)
QUEUE_OLDEST_MESSAGE_SEEN = Declaration(
    name="timesketch_queue_oldest_message_seen_timestamp_seconds",
    kind="gauge",
    labels=("queue",),
    unit="seconds",
    help="When the message that is next to go was first seen in its queue.",
    absent="while the queue is empty or the broker does not tell",
)
SOURCE_UP = Declaration(
    name="timesketch_exporter_source_up",
    kind="gauge",
    labels=("source",),
    values={"source": tuple(Source)},
    help="1 if the last scan could read a source of evidence, 0 if not or not yet.",
    absent="for sources that the last scan did not need",
)
SOURCE_DURATION = Declaration(
    name="timesketch_exporter_source_duration_seconds",
    kind="gauge",
    labels=("source",),
    values={"source": tuple(Source)},
    unit="seconds",
    help="How long the last scan took to read a source of evidence.",
    absent="before the first scan, and for sources that it did not need",
)
LAST_SCAN = Declaration(
    name="timesketch_exporter_last_scan_timestamp_seconds",
    kind="gauge",
    labels=(),
    unit="seconds",
    help="When the last scan was made; all timesketch_ metrics are of this moment.",
    absent="before the first scan",
)
LAST_COMPLETE_SCAN = Declaration(
    name="timesketch_exporter_last_complete_scan_timestamp_seconds",
    kind="gauge",
    labels=(),
    unit="seconds",
    help="When a scan last had every piece of evidence; only such a scan can find orphans.",
    absent="before the first complete scan",
)
SCAN_DURATION = Declaration(
    name="timesketch_exporter_scan_duration_seconds",
    kind="gauge",
    labels=(),
    unit="seconds",
    help="How long the last scan took.",
    absent="before the first scan",
)
SCAN_FAILURES = Declaration(
    name="timesketch_exporter_scan_failures_total",
    kind="counter",
    labels=("source",),
    values={"source": (*Source, FAULT)},
    help="Scans in which a source could not be read; exporter: a fault of the exporter itself.",
)
SERIES_DROPPED = Declaration(
    name="timesketch_exporter_series_dropped",
    kind="gauge",
    labels=("metric",),
    values={
        "metric": (
            ORPHANED_TIMELINE_SINCE.name,
            PROCESSING_TIMELINE_SINCE.name,
            INDEXED_EVENTS.name,
            ORPHANED_ANALYSIS_SINCE.name,
            WORKER_STATE.name,
            QUEUE_MESSAGES.name,
        )
    },
    help="Objects that have no series of their own because a metric's limit was reached "
    "(timesketch_worker_state stands for every metric of a worker, "
    "timesketch_queue_messages for every one of a queue).",
    absent="while the metric itself is absent",
)
BUILD_INFO = Declaration(
    name="timesketch_exporter_build_info",
    kind="gauge",
    labels=("version", "python_version"),
    help="Always 1; the labels tell what runs.",
)

CATALOGUE = (
    TIMELINES,
    PROCESSING_TIMELINES,
    ORPHANED_TIMELINES,
    ORPHANED_TIMELINE_SINCE,
    PROCESSING_TIMELINE_SINCE,
    INDEXED_EVENTS,
    EXPECTED_EVENTS,
    UNFINISHED_ANALYSES,
    ORPHANED_ANALYSES,
    ORPHANED_ANALYSIS_SINCE,
    WORKER_UP,
    WORKER_STATE,
    WORKER_LAST_HEARTBEAT,
    WORKER_MISSED_HEARTBEATS,
    WORKER_CLOCK_OFFSET,
    WORKER_PROCESSED_TASKS,
    WORKER_LOAD,
    WORKER_ACTIVE_TASKS,
    WORKER_RESERVED_TASKS,
    WORKER_POOL_PROCESSES,
    WORKERS,
    QUEUE_MESSAGES,
    QUEUE_OLDEST_MESSAGE_SEEN,
    SOURCE_UP,
    SOURCE_DURATION,
    LAST_SCAN,
    LAST_COMPLETE_SCAN,
    SCAN_DURATION,
    SCAN_FAILURES,
    SERIES_DROPPED,
    *REPAIR_CATALOGUE,
    *WEBHOOK_CATALOGUE,
    *CONSOLE_CATALOGUE,
    *HISTORY_CATALOGUE,
    BUILD_INFO,
)
"""In the order in which they are rendered and documented."""
