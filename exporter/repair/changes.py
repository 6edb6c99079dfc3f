"""What a repair or an undo changes in Timesketch's rows: values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from exporter.repair.rows import Rows, StatusRow, Target


class StatusTable(StrEnum):
    """Timesketch's tables of statuses that a repair may write."""

    TIMELINE = "timeline_status"
    DATA_SOURCE = "datasource_status"
    INDEX = "searchindex_status"
    ANALYSIS = "analysis_status"


class TextColumn(StrEnum):
    """Timesketch's texts that a repair may write."""

    ERROR_MESSAGE = "datasource.error_message"
    RESULT = "analysis.result"


@dataclass(frozen=True, slots=True)
class NewStatus:
    """A status row to be written. Without timestamps it is dated by the database's clock."""

    status: str
    user_id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SetStatus:
    """All status rows of one object are replaced; a repair leaves exactly one."""

    table: StatusTable
    parent_id: int
    before: tuple[StatusRow, ...]
    after: tuple[NewStatus, ...]


@dataclass(frozen=True, slots=True)
class SetText:
    """A text of one row is replaced."""

    column: TextColumn
    row_id: int
    before: str | None
    after: str | None


Change = SetStatus | SetText


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why it is done: the verdict as it was judged. Times are Unix seconds."""

    verdict: str
    since: float
    judged_at: float
    reasons: tuple[str, ...]
    task_ids: tuple[str, ...] = ()
    worker: str | None = None


@dataclass(frozen=True, slots=True)
class Requeue:
    """A task that is sent once more, after the rows were written; an undo revokes it.

    `task_id` is its new id, chosen before anything is done, so that it can be looked for after a
    crash. `arguments` and `chain` are JSON (snapshot.TaskMessage). `events` of the timeline were in
    the search index `index_name` when this was planned: they are deleted first if `purge` is set,
    and else there must be none.
    """

    task_id: str
    task_name: str
    queue: str
    arguments: str
    chain: str
    index_name: str
    purge: bool
    events: int


@dataclass(frozen=True, slots=True)
class Repair:
    """One intended repair (or undo): of one timeline or analysis, in one transaction.

    `rows` are those it was planned for and `status_id` the status row that was judged (None where
    there is none). `undoes` is the repair that this one takes back. `repair_id` is short enough to
    be typed; whoever reads the message in Timesketch finds the journal's entry by it.
    """

    repair_id: str
    target: Target
    target_id: int
    sketch_id: int | None
    timeline_id: int | None
    name: str
    status_id: int | None
    rows: Rows
    changes: tuple[Change, ...]
    evidence: Evidence
    undoes: str | None = None
    requeue: Requeue | None = None

    @property
    def key(self) -> tuple[Target, int]:
        """What it is about."""
        return self.target, self.target_id
