"""What Timesketch's rows say about one timeline or analysis: the before and after of a repair.

Frozen values, compared whole: a repair goes ahead only while the rows are the ones that it was
planned for. Timestamps are Timesketch's own, without time zone; they are kept to be put back, and
never compared with a clock of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Target(StrEnum):
    """What a repair is about; the `target` label of the metrics."""

    TIMELINE = "timeline"
    ANALYSIS = "analysis"


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A row of one of Timesketch's status tables; its id identifies the very status it holds."""

    status_id: int
    status: str
    user_id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DataSourceRows:
    """A data source: `statuses` in the order of their ids, of which the last counts."""

    data_source_id: int
    statuses: tuple[StatusRow, ...]
    error_message: str | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class IndexRows:
    """A search index, and how many *other* timelines of living sketches lie in it."""

    searchindex_id: int
    name: str
    statuses: tuple[StatusRow, ...]
    shared_with: int


@dataclass(frozen=True, slots=True)
class TimelineRows:
    """A timeline with its data sources (by id) and its search index."""

    timeline_id: int
    sketch_id: int | None
    name: str
    statuses: tuple[StatusRow, ...]
    data_sources: tuple[DataSourceRows, ...]
    index: IndexRows | None


@dataclass(frozen=True, slots=True)
class AnalysisRows:
    """An analysis. `result` is the text that Timesketch shows for it."""

    analysis_id: int
    sketch_id: int | None
    timeline_id: int | None
    analyzer: str
    statuses: tuple[StatusRow, ...]
    result: str | None


Rows = TimelineRows | AnalysisRows


def newest(statuses: tuple[StatusRow, ...]) -> StatusRow | None:
    """The status row that counts: the one with the highest id, as for Timesketch."""
    return max(statuses, key=lambda row: row.status_id, default=None)
