"""How the rows found differ from those that a repair was planned for. Pure.

Only what the repair is about counts: names may change, and a search index is looked at only by a
repair that changes it, since every other upload into a shared index sets its status anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.changes import SetStatus, StatusTable
from exporter.repair.rows import AnalysisRows, IndexRows, TimelineRows, newest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.repair.changes import Repair
    from exporter.repair.rows import DataSourceRows, Rows, StatusRow


def differences(repair: Repair, found: Rows | None) -> tuple[str, ...]:
    """Say in words what is no longer as the repair expects it; empty if nothing."""
    return tuple(_of_rows(repair, found))


def changes_index(repair: Repair) -> bool:
    """Whether the repair sets the status of a search index."""
    return any(
        isinstance(change, SetStatus) and change.table is StatusTable.INDEX
        for change in repair.changes
    )


def _of_rows(repair: Repair, found: Rows | None) -> Iterator[str]:
    match repair.rows, found:
        case TimelineRows() as expected, TimelineRows():
            yield from _of_timeline(expected, found)
            if changes_index(repair):
                yield from _of_index(expected, found)
        case AnalysisRows() as expected, AnalysisRows():
            yield from _of_analysis(expected, found)
        case _:
            yield f"{repair.target} {repair.target_id} is gone"


def _of_timeline(expected: TimelineRows, found: TimelineRows) -> Iterator[str]:
    name = f"timeline {expected.timeline_id}"
    if found.sketch_id != expected.sketch_id:
        yield f"{name} is {_place(found.sketch_id)}, not {_place(expected.sketch_id)}"
    yield from _of_status(name, expected.statuses, found.statuses)
    before = {source.data_source_id: source for source in expected.data_sources}
    now = {source.data_source_id: source for source in found.data_sources}
    for source_id in sorted(before.keys() | now.keys()):
        if source_id not in before:
            yield f"data source {source_id} was added"
        elif source_id not in now:
            yield f"data source {source_id} is gone"
        else:
            yield from _of_data_source(before[source_id], now[source_id])


def _of_data_source(expected: DataSourceRows, found: DataSourceRows) -> Iterator[str]:
    name = f"data source {expected.data_source_id}"
    yield from _of_status(name, expected.statuses, found.statuses)
    if found.error_message != expected.error_message:
        yield f"the error message of {name} was changed"


def _of_index(expected: TimelineRows, found: TimelineRows) -> Iterator[str]:
    match expected.index, found.index:
        case None, None:
            return
        case IndexRows() as before, IndexRows() as now if (
            now.searchindex_id == before.searchindex_id
        ):
            name = f"search index {before.searchindex_id}"
            yield from _of_status(name, before.statuses, now.statuses)
            if now.shared_with != before.shared_with:
                yield f"{name} holds {now.shared_with} other timelines, not {before.shared_with}"
        case _:
            yield f"timeline {expected.timeline_id} has another search index"


def _of_analysis(expected: AnalysisRows, found: AnalysisRows) -> Iterator[str]:
    name = f"analysis {expected.analysis_id}"
    if (found.sketch_id, found.timeline_id) != (expected.sketch_id, expected.timeline_id):
        yield f"{name} belongs to another sketch or timeline"
    yield from _of_status(name, expected.statuses, found.statuses)
    if found.result != expected.result:
        yield f"the result of {name} was changed"


def _of_status(
    name: str, expected: tuple[StatusRow, ...], found: tuple[StatusRow, ...]
) -> Iterator[str]:
    if found == expected:
        return
    before, now = newest(expected), newest(found)
    if now is None:
        yield f"{name} has no status any more"
    elif before is None:
        yield f"{name} says {_dated(now)}, and had no status"
    elif now.status != before.status:
        yield f"{name} says {_dated(now)}, not {before.status}"
    elif now.status_id != before.status_id:
        yield f"{name} was set to {_dated(now)} anew"
    else:
        yield f"the status rows of {name} were changed"


def _dated(row: StatusRow) -> str:
    """Return the status and since when, by Timesketch's clock, which names no time zone."""
    since = f" since {row.created_at:%Y-%m-%d %H:%M:%S}" if row.created_at is not None else ""
    return f"{row.status}{since}"


def _place(sketch_id: int | None) -> str:
    return "in no sketch" if sketch_id is None else f"in sketch {sketch_id}"
