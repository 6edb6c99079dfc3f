"""Any value that repair may want to journal."""

from __future__ import annotations

from hypothesis import strategies as st

from exporter.repair.changes import (
    Evidence,
    NewStatus,
    Repair,
    Requeue,
    SetStatus,
    SetText,
    StatusTable,
    TextColumn,
)
from exporter.repair.records import Entry, Guard, Origin, Outcome, Refusal
from exporter.repair.rows import (
    AnalysisRows,
    DataSourceRows,
    IndexRows,
    StatusRow,
    Target,
    TimelineRows,
)

_LATEST = 4_000_000_000.0

ids = st.integers(min_value=0, max_value=2**63 - 1)
# Half surrogate pairs and NUL included: file names and drivers' errors may hold either.
texts = st.text(st.characters(exclude_categories=()), max_size=20)
moments = st.none() | st.datetimes()
times = st.floats(min_value=0, max_value=_LATEST)
lines = st.lists(texts, max_size=3).map(tuple)

status_rows = st.builds(StatusRow, ids, texts, st.none() | ids, moments, moments)
statuses = st.lists(status_rows, max_size=3).map(tuple)
data_sources = st.builds(DataSourceRows, ids, statuses, st.none() | texts, texts)
indices = st.builds(IndexRows, ids, texts, statuses, ids)
timelines = st.builds(
    TimelineRows,
    ids,
    st.none() | ids,
    texts,
    statuses,
    st.lists(data_sources, max_size=3).map(tuple),
    st.none() | indices,
)
analyses = st.builds(
    AnalysisRows, ids, st.none() | ids, st.none() | ids, texts, statuses, st.none() | texts
)
any_rows = timelines | analyses

new_statuses = st.builds(NewStatus, texts, st.none() | ids, moments, moments)
changes = st.builds(
    SetStatus,
    st.sampled_from(StatusTable),
    ids,
    statuses,
    st.lists(new_statuses, max_size=2).map(tuple),
) | st.builds(SetText, st.sampled_from(TextColumn), ids, st.none() | texts, st.none() | texts)
evidence = st.builds(Evidence, texts, times, times, lines, lines, st.none() | texts)
repairs = st.builds(
    Repair,
    repair_id=texts,
    target=st.sampled_from(Target),
    target_id=ids,
    sketch_id=st.none() | ids,
    timeline_id=st.none() | ids,
    name=texts,
    status_id=st.none() | ids,
    rows=any_rows,
    changes=st.lists(changes, max_size=3).map(tuple),
    evidence=evidence,
    undoes=st.none() | texts,
    requeue=st.none()
    | st.builds(Requeue, texts, texts, texts, texts, texts, texts, st.booleans(), ids),
)
entries = st.builds(
    Entry,
    repair=repairs,
    origin=st.builds(Origin, texts, texts),
    version=texts,
    instance=texts,
    begun_at=times,
    outcome=st.none() | st.sampled_from(Outcome),
    ended_at=st.none() | times,
    detail=texts,
    refusals=st.lists(st.builds(Refusal, st.sampled_from(Guard), texts), max_size=2).map(tuple),
    after=st.none() | any_rows,
    undone_by=st.none() | texts,
    superseded_at=st.none() | times,
    superseded_by=st.none() | texts,
)
