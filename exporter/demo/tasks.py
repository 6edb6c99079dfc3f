"""Celery tasks with the names and the argument order of `timesketch.lib.tasks`.

They write what Timesketch's tasks write, and in between, instead of parsing a file, they wait
until nobody holds it any more: beside an uploaded file lies another with the ending `.hold` for as
long as the story wants its import to go on.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from celery import Celery, chain

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery.canvas import Signature

    from exporter.demo.rows import Rows, UploadedRows

HOLD = ".hold"
_PREFIX = "timesketch.lib.tasks."
_LOOK_EVERY = 0.1
_BROKEN = "CSV header is missing: message, datetime, timestamp_desc"


class _Open(Protocol):
    """Opens the database within the process that runs a task."""

    def __call__(self) -> Rows: ...


def celery_app(broker_url: str) -> Celery:
    """Return an app with the settings that Timesketch's has; everything else is Celery's default.

    That is: acknowledged as soon as it starts, four messages prefetched for each process, JSON,
    results kept for a day in the broker's Redis.
    """
    app = Celery("timesketch", broker=broker_url, backend=broker_url, set_as_current=False)
    app.conf.update(task_track_started=True, broker_connection_retry_on_startup=True)
    return app


def add_tasks(app: Celery, open_rows: _Open) -> None:
    """Define the tasks on `app`; `open_rows` is called inside the process that runs one."""

    def task(name: str) -> Callable[[Callable[..., object]], object]:
        return app.task(name=f"{_PREFIX}{name}")

    @task("run_csv_jsonl")
    def run_csv_jsonl(
        file_path: str,
        _events: str,
        _timeline_name: str,
        index_name: str,
        _source_type: str,
        timeline_id: int,
        _headers_mapping: object = None,
        _delimiter: str = ",",
    ) -> str | None:
        return _import(open_rows(), file_path, index_name, timeline_id)

    @task("run_plaso")
    def run_plaso(
        file_path: str,
        _events: str,
        _timeline_name: str,
        index_name: str,
        _source_type: str,
        timeline_id: int,
        _plaso_event_filter: str = "",
    ) -> str | None:
        return _import(open_rows(), file_path, index_name, timeline_id)

    @task("run_sketch_init")
    def run_sketch_init(index_names: str | list[str]) -> str:
        return index_names if isinstance(index_names, str) else index_names[0]

    @task("run_sketch_analyzer")
    def run_sketch_analyzer(
        index_name: str,
        _sketch_id: int,
        analysis_id: int,
        _analyzer_name: str,
        **_kwargs: object,
    ) -> str:
        rows = open_rows()
        rows.set_analysis_status(analysis_id, "STARTED")
        rows.set_analysis_status(analysis_id, "DONE")
        return index_name


def _import(rows: Rows, file_path: str, index_name: str, timeline_id: int) -> str | None:
    """Import a file: processing while it is held, then ready, or fail if it has no content."""
    rows.set_import_status(timeline_id, file_path, "processing")
    hold = Path(f"{file_path}{HOLD}")
    while hold.exists():
        time.sleep(_LOOK_EVERY)
    if not Path(file_path).stat().st_size:
        rows.set_import_status(timeline_id, file_path, "fail", _BROKEN)
        return None
    rows.set_import_status(timeline_id, file_path, "ready")
    return index_name


def import_pipeline(
    app: Celery,
    *,
    file_path: Path,
    timeline_name: str,
    rows: UploadedRows,
    sketch_id: int,
    analyzers: tuple[str, ...],
) -> Signature[object]:
    """Return the message(s) of an upload: the import, then its analyzers one after another.

    Made as `build_index_pipeline` makes it: once the head is taken up by a worker, the rest of
    the chain exists in that worker's memory alone.
    """
    source_type = file_path.suffix.removeprefix(".")
    common = (str(file_path), "", timeline_name, rows.index_name, source_type, rows.timeline_id)
    if source_type == "plaso":
        head = app.signature(f"{_PREFIX}run_plaso", args=(*common, ""))
    else:
        head = app.signature(f"{_PREFIX}run_csv_jsonl", args=(*common, None, ","))
    if not analyzers:
        return head
    followers = [
        app.signature(
            f"{_PREFIX}run_sketch_analyzer",
            args=(sketch_id, analysis_id, analyzer),
            kwargs={"timeline_id": None},
        )
        for analysis_id, analyzer in zip(rows.analyses, analyzers, strict=True)
    ]
    init = app.signature(f"{_PREFIX}run_sketch_init")
    return chain(head, init, *followers, app=app)
