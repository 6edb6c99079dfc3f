"""Uploads as by Timesketch's web server: the rows are committed, then the message is sent."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from celery import Celery
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError
from sqlalchemy import create_engine, delete, insert, select, update

from exporter.demo import tables
from exporter.demo.rows import Rows, UploadedRows
from exporter.demo.tasks import import_pipeline
from tests.chaos.record import Work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from celery.canvas import Signature
    from sqlalchemy import Table

    from tests.chaos.story import Value

SKETCHES = 3
_AT_ONCE = {"socket_timeout": 1.0, "max_retries": 1, "interval_start": 0, "interval_max": 0.1}


class Uploads:
    """Everything that was uploaded, and what is to be known of it. May be used by many threads."""

    def __init__(self, database_url: str, broker_url: str, directory: Path) -> None:
        self._engine = create_engine(database_url, pool_pre_ping=True)
        self.rows = Rows(self._engine)
        # Without a result backend: nobody here waits for results.
        self._app = Celery(broker=broker_url, set_as_current=False)
        # Sent at once or not at all: a message that comes after the time of grace is too late.
        self._app.conf.update(task_publish_retry=False, broker_connection_timeout=1.0)
        self._app.conf.update(broker_transport_options=_AT_ONCE)
        self._directory = directory
        self._lock = threading.Lock()
        self._works: list[Work] = []
        self._timelines: dict[int, tuple[int, str]] = {}
        self._sketches: list[int] = []
        self.sent = 0

    def open(self) -> None:
        """Make the tables and the first sketches."""
        self.rows.create_tables()
        self._sketches = [self.rows.add_sketch(f"sketch {n}") for n in range(SKETCHES)]

    def works(self) -> Sequence[Work]:
        """All that rows wait for or waited for."""
        with self._lock:
            return tuple(self._works)

    def upload(
        self, pick: float, how: Mapping[str, Value], *, sends: bool = True, missing: bool = False
    ) -> None:
        """Upload a file as a new timeline."""
        sketch_id = _choose(self._sketches, pick)
        file = self._file(how, missing=missing)
        analyzers = tuple(f"analyzer{n}" for n in range(int(how["analyzers"])))
        committed = time.monotonic()
        rows = self.rows.add_upload(sketch_id, file.name, str(file), analyzers=analyzers)
        with self._lock:
            self._timelines[rows.timeline_id] = (sketch_id, rows.index_name)
        self._send(sketch_id, file, rows, analyzers, how, committed=committed, sends=sends)

    def upload_again(self, pick: float, how: Mapping[str, Value]) -> None:
        """Upload a file into a timeline that is there, finished or not.

        Timesketch commits the timeline's status and the data source one after the other
        (timesketch/api/v1/resources/upload.py, `_upload_and_index`).
        """
        with self._lock:
            known = sorted(self._timelines)
        if not known:
            return
        timeline_id = _choose(known, pick)
        sketch_id, index_name = self._timelines[timeline_id]
        file = self._file(how, missing=False)
        committed = time.monotonic()
        status, source = tables.TIMELINE_STATUS, tables.DATASOURCE
        with self._engine.begin() as connection:
            connection.execute(delete(status).where(status.c.parent_id == timeline_id))
            connection.execute(insert(status).values(parent_id=timeline_id, status="processing"))
        with self._engine.begin() as connection:
            (source_id,) = connection.execute(
                insert(source)
                .values(timeline_id=timeline_id, file_on_disk=str(file), provider="WebUpload")
                .returning(source.c.id)
            ).one()
            connection.execute(
                insert(tables.DATASOURCE_STATUS).values(parent_id=source_id, status="queueing")
            )
        rows = UploadedRows(timeline_id, index_name, ())
        self._send(sketch_id, file, rows, (), how, committed=committed, sends=True)

    def delete_sketch(self, pick: float) -> None:
        """Delete a sketch, whatever is under way in it, and make another one in its place."""
        with self._lock:
            place = int(pick * SKETCHES)
            sketch_id = self._sketches[place]
        with self._engine.begin() as connection:
            connection.execute(
                update(tables.SKETCH_STATUS)
                .where(tables.SKETCH_STATUS.c.parent_id == sketch_id)
                .values(status="deleted")
            )
        new = self.rows.add_sketch(f"after sketch {sketch_id}")
        with self._lock:
            self._sketches[place] = new

    def unfinished(self) -> int:
        """How many rows of living sketches say that something works on them."""
        return sum(
            self._count(table, parent, statuses)
            for table, parent, statuses in (
                (tables.TIMELINE_STATUS, tables.TIMELINE, ("processing",)),
                (tables.ANALYSIS_STATUS, tables.ANALYSIS, ("PENDING", "STARTED")),
            )
        )

    def processing(self) -> dict[int, str]:
        """The timelines of living sketches that say processing, with their names."""
        status, timeline, sketch = tables.TIMELINE_STATUS, tables.TIMELINE, tables.SKETCH_STATUS
        with self._engine.connect() as connection:
            found = connection.execute(
                select(timeline.c.id, timeline.c.name)
                .join(status, status.c.parent_id == timeline.c.id)
                .join(sketch, sketch.c.parent_id == timeline.c.sketch_id)
                .where(status.c.status == "processing", sketch.c.status == "new")
            )
            return {row.id: row.name for row in found}

    def _count(self, table: Table, parent: Table, statuses: Sequence[str]) -> int:
        sketch = tables.SKETCH_STATUS
        with self._engine.connect() as connection:
            found = connection.execute(
                select(table.c.id)
                .join(parent, parent.c.id == table.c.parent_id)
                .join(sketch, sketch.c.parent_id == parent.c.sketch_id)
                .where(table.c.status.in_(statuses), sketch.c.status == "new")
            )
            return len(found.all())

    def _file(self, how: Mapping[str, Value], *, missing: bool) -> Path:
        file = self._directory / f"{uuid.uuid4().hex}.csv"
        if not missing:
            file.write_text("" if how["broken"] else str(how["length"]), encoding="ascii")
        return file

    def _send(
        self,
        sketch_id: int,
        file: Path,
        rows: UploadedRows,
        analyzers: tuple[str, ...],
        how: Mapping[str, Value],
        *,
        committed: float,
        sends: bool,
    ) -> None:
        """Send the message, some time after the rows; whatever fails, the rows stay."""
        pipeline = import_pipeline(
            self._app,
            file_path=file,
            timeline_name=file.name,
            rows=rows,
            sketch_id=sketch_id,
            analyzers=analyzers,
        )
        # A signature or a chain of them; Celery does not say that to types.
        members: list[Signature[object]] = list(getattr(pipeline, "tasks", [pipeline]))
        task_ids = [str(uuid.uuid4()) for _ in members]
        for member, task_id in zip(members, task_ids, strict=True):
            member.set(task_id=task_id, queue=str(how["queue"]), priority=int(how["priority"]))
        # Before anybody can begin it; until when it was in our hands is put right below.
        works = _works(rows, committed, task_ids)
        with self._lock:
            self._works += works
        threading.Event().wait(float(how["sent_after"]))
        try:
            if sends:
                with self._lock:
                    self.sent += 1
                pipeline.apply_async()
        except (BrokerError, RedisError, OSError):
            pass  # as when Timesketch's web server cannot reach Redis: it answers 500
        finally:
            sent = time.monotonic()
            with self._lock:
                for work in works:
                    self._works.remove(work)
                    self._works.append(replace(work, sent=sent))

    def close(self) -> None:
        """Close what is open."""
        self._app.close()
        self._engine.dispose()


def _works(rows: UploadedRows, committed: float, task_ids: Sequence[str]) -> list[Work]:
    """What waits for which of these tasks: an analysis for all before it in the chain, too."""
    index = rows.index_name
    works = [Work(("timeline", rows.timeline_id), committed, committed, (task_ids[0],), index)]
    for place, analysis_id in enumerate(rows.analyses, 3):
        behind = tuple(task_ids[:place])
        works.append(Work(("analysis", analysis_id), committed, committed, behind, index))
    return works


def _choose(those: Sequence[int], pick: float) -> int:
    return those[int(pick * len(those))]
