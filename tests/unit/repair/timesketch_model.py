"""A model of Timesketch: its rows, its tasks, and what they do to each other (facts.md).

Tasks live, end or die. What Timesketch writes follows its own code: `set_status` replaces all
status rows by a new one, and the last task to write wins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from exporter.repair.changes import SetStatus, SetText, StatusTable
from exporter.repair.rows import (
    AnalysisRows,
    DataSourceRows,
    IndexRows,
    StatusRow,
    Target,
    TimelineRows,
    newest,
)
from exporter.snapshot import (
    DataSource,
    JudgedAnalysis,
    JudgedTimeline,
    ProcessingTimeline,
    UnfinishedAnalysis,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from exporter.repair.changes import Change
    from exporter.repair.rows import Rows

Key = tuple[Target, int]


@dataclass(slots=True)
class Task:
    """A Celery task: of a data source of a timeline, or of an analysis."""

    key: Key
    source_id: int | None = None
    streamed: bool = False
    begun: bool = False


class Timesketch:
    """The database with its tasks; `now` is real time in seconds."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.rows: dict[Key, Rows] = {}
        self.tasks: list[Task] = []
        self.made_at: dict[int, float] = {}
        self.streamed: set[int] = set()
        self.imported: set[int] = set()
        # How often Timesketch (not a repair) has written to each.
        self.version: dict[Key, int] = {}
        self._ids = count(1)

    # ------------------------------------------------------------ what Timesketch does

    def upload(self, timeline_id: int, kind: str, *, index: str | None) -> None:
        """A `file` or `chunk` of a stream, for a new timeline or one that is there.

        Of a `lost` one the web server died after it had set the timeline's status.
        """
        key = (Target.TIMELINE, timeline_id)
        if key not in self.rows:
            statuses = () if index is None else (self._status(index),)
            own = IndexRows(timeline_id, f"index-{timeline_id}", statuses, shared_with=0)
            self.rows[key] = TimelineRows(timeline_id, 1, f"t{timeline_id}", (), (), own)
        self._set_timeline(timeline_id, "processing")
        if kind == "lost":
            return
        source_id = next(self._ids)
        self.made_at[source_id] = self.now
        if kind == "chunk":
            self.streamed.add(source_id)
        rows = self.timeline(timeline_id)
        made = DataSourceRows(source_id, (self._status("queueing"),), "")
        self._write(replace(rows, data_sources=(*rows.data_sources, made)))
        self.tasks.append(Task(key, source_id, streamed=kind == "chunk"))

    def add_analysis(self, analysis_id: int, timeline_id: int) -> None:
        """An analyzer is started."""
        rows = AnalysisRows(analysis_id, 1, timeline_id, "domain", (self._status("PENDING"),), None)
        self._write(rows)
        self.tasks.append(Task((Target.ANALYSIS, analysis_id)))

    def begin(self, task: Task) -> None:
        """A worker begins a task."""
        task.begun = True
        self._task_says(task, "STARTED" if task.source_id is None else "processing")

    def end(self, task: Task, *, well: bool) -> None:
        """A task ends and says so."""
        self.tasks.remove(task)
        if task.source_id is None:
            self._task_says(task, "DONE" if well else "ERROR")
            return
        if well:
            self.imported.add(task.source_id)
        self._task_says(task, "ready" if well else "fail", "" if well else "index is red")

    def die(self, task: Task) -> None:
        """A task is lost, and nobody says so."""
        self.tasks.remove(task)

    # ------------------------------------------------------------ what a scan sees

    def look(self, *, forged: bool) -> list[JudgedTimeline | JudgedAnalysis]:
        """The verdicts on everything unfinished; forged ones call the living orphaned."""
        judged: list[JudgedTimeline | JudgedAnalysis] = []
        for key, rows in self.rows.items():
            status = newest(rows.statuses)
            alive = any(task.key == key for task in self.tasks)
            verdict = Verdict.RUNNING if alive and not forged else Verdict.ORPHANED
            if status is None or status.status not in {"processing", "PENDING", "STARTED"}:
                continue
            if isinstance(rows, TimelineRows):
                judged.append(self._judged_timeline(rows, status, verdict))
            else:
                judged.append(_judged_analysis(rows, status, verdict, self.now))
        return judged

    def timeline(self, timeline_id: int) -> TimelineRows:
        """The rows of a timeline."""
        rows = self.rows[Target.TIMELINE, timeline_id]
        assert isinstance(rows, TimelineRows)
        return rows

    # ------------------------------------------------------------ what a repair does

    def write(self, key: Key, changes: Iterable[Change]) -> Rows:
        """Execute a repair's changes."""
        self.rows[key] = execute(self.rows[key], changes, self._row_of_repair)
        return self.rows[key]

    def _row_of_repair(self, change: SetStatus) -> tuple[StatusRow, ...]:
        return tuple(
            StatusRow(
                next(self._ids),
                new.status,
                new.user_id,
                new.created_at or self._moment(),
                new.updated_at or self._moment(),
            )
            for new in change.after
        )

    def _task_says(self, task: Task, status: str, message: str = "") -> None:
        """What `_set_datasource_status` does: of a stream the first without a file is updated."""
        rows = self.rows[task.key]
        if isinstance(rows, AnalysisRows):
            self._write(replace(rows, statuses=(self._status(status),)))
            return
        updated = task.source_id
        if task.streamed:
            updated = min(
                each.data_source_id
                for each in rows.data_sources
                if each.data_source_id in self.streamed
            )
        sources = tuple(
            replace(
                each,
                statuses=(self._status(status),),
                error_message=message or each.error_message,
            )
            if each.data_source_id == updated
            else each
            for each in rows.data_sources
        )
        self._write(replace(rows, data_sources=sources))
        self._set_timeline(rows.timeline_id, status)

    def _set_timeline(self, timeline_id: int, status: str) -> None:
        self._write(replace(self.timeline(timeline_id), statuses=(self._status(status),)))

    def _write(self, rows: Rows) -> None:
        key = _key(rows)
        self.rows[key] = rows
        self.version[key] = self.version.get(key, 0) + 1

    def _status(self, status: str) -> StatusRow:
        return StatusRow(next(self._ids), status, None, self._moment(), self._moment())

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC).replace(tzinfo=None)

    def _judged_timeline(
        self, rows: TimelineRows, status: StatusRow, verdict: Verdict
    ) -> JudgedTimeline:
        return JudgedTimeline(
            timeline=ProcessingTimeline(
                timeline_id=rows.timeline_id,
                sketch_id=1,
                name=rows.name,
                index_name=None,
                status_id=status.status_id,
                status_age=0.0,
                data_sources=tuple(self._judged_source(each) for each in rows.data_sources),
            ),
            verdict=verdict,
            since=self.now,
            task_ids=(),
            worker=None,
            reasons=("the model says so",),
        )

    def _judged_source(self, rows: DataSourceRows) -> DataSource:
        status = newest(rows.statuses)
        assert status is not None
        assert status.created_at is not None
        set_at = status.created_at.replace(tzinfo=UTC).timestamp()
        return DataSource(
            data_source_id=rows.data_source_id,
            status=status.status,
            status_id=status.status_id,
            created_age=self.now - self.made_at[rows.data_source_id],
            status_age=self.now - set_at,
            streamed=rows.data_source_id in self.streamed,
        )


def execute(
    rows: Rows, changes: Iterable[Change], new_rows: Callable[[SetStatus], tuple[StatusRow, ...]]
) -> Rows:
    """The rows after these changes, as the writer of repairs leaves them."""
    for change in changes:
        rows = _after(rows, change, () if isinstance(change, SetText) else new_rows(change))
    return rows


def without_ids(rows: Rows) -> Rows:
    """The rows without the ids of status rows, which are new whenever one is written."""

    def plain(statuses: tuple[StatusRow, ...]) -> tuple[StatusRow, ...]:
        return tuple(replace(each, status_id=0) for each in statuses)

    if isinstance(rows, AnalysisRows):
        return replace(rows, statuses=plain(rows.statuses))
    index = rows.index
    return replace(
        rows,
        statuses=plain(rows.statuses),
        data_sources=tuple(
            replace(each, statuses=plain(each.statuses)) for each in rows.data_sources
        ),
        index=None if index is None else replace(index, statuses=plain(index.statuses)),
    )


def _after(rows: Rows, change: Change, statuses: tuple[StatusRow, ...]) -> Rows:
    if isinstance(rows, AnalysisRows):
        if isinstance(change, SetText):
            return replace(rows, result=change.after)
        return replace(rows, statuses=statuses)
    if isinstance(change, SetStatus) and change.table is StatusTable.TIMELINE:
        return replace(rows, statuses=statuses)
    if isinstance(change, SetStatus) and change.table is StatusTable.INDEX:
        assert rows.index is not None
        return replace(rows, index=replace(rows.index, statuses=statuses))
    source_id = change.row_id if isinstance(change, SetText) else change.parent_id
    return replace(
        rows,
        data_sources=tuple(
            each
            if each.data_source_id != source_id
            else replace(each, error_message=change.after)
            if isinstance(change, SetText)
            else replace(each, statuses=statuses)
            for each in rows.data_sources
        ),
    )


def _key(rows: Rows) -> Key:
    if isinstance(rows, TimelineRows):
        return Target.TIMELINE, rows.timeline_id
    return Target.ANALYSIS, rows.analysis_id


def _judged_analysis(
    rows: AnalysisRows, status: StatusRow, verdict: Verdict, now: float
) -> JudgedAnalysis:
    return JudgedAnalysis(
        analysis=UnfinishedAnalysis(
            analysis_id=rows.analysis_id,
            sketch_id=1,
            timeline_id=rows.timeline_id,
            session_id=None,
            index_name=None,
            analyzer=rows.analyzer,
            status=status.status,
            status_id=status.status_id,
            status_age=0.0,
            created_age=0.0,
        ),
        verdict=verdict,
        since=now,
        task_ids=(),
        worker=None,
        reasons=("the model says so",),
    )
