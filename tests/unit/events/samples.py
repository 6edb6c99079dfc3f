"""Records for tests: one timeline, one worker, and what a history holds of them."""

from __future__ import annotations

from exporter.events.records import Finding, Kind, Source, Stream, TaskEvent, Watch, WorkerChange

AT = 1_763_888_400.0
WORKER = "celery@w1"
TASK = "0123abcd-0000-4000-8000-000000000000"
TIMELINE = 42
INSTANCE = "host:1"


def finding(at: float, verdict: str | None, *, worker: str | None = None) -> Finding:
    """A verdict on the timeline, `at` seconds after its upload."""
    return Finding(
        at=AT + at,
        instance=INSTANCE,
        target="timeline",
        target_id=TIMELINE,
        timeline_id=TIMELINE,
        verdict=verdict,
        worker=worker,
        reasons=(f"because it is {verdict}",),
        task_ids=(TASK,),
        since=AT + 1.0,
        sources=(Source(7, "file", "queueing", AT, AT + 1.0),),
    )


def happened(at: float, kind: Kind, *, detail: str | None = None) -> TaskEvent:
    """An event of the timeline's task."""
    return TaskEvent(
        TASK, kind, WORKER, AT + at, AT + at, detail, "timesketch.lib.tasks.run_plaso", TIMELINE
    )


def changed(at: float, state: str, *, beat: float | None = None) -> WorkerChange:
    """A change of the worker, whose heart beat last at `beat`."""
    last = None if beat is None else AT + beat
    return WorkerChange(AT + at, INSTANCE, WORKER, state, last, (f"it is {state}",))


def watch(
    stream: Stream, began: float, until: float, because: str | None = None, by: str = INSTANCE
) -> Watch:
    """A time in which somebody watched."""
    return Watch(stream, by, AT + began, AT + until, because)
