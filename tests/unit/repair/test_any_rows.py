"""What holds for the repair and the undo of any rows, however odd."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.repair.changes import SetStatus, SetText
from exporter.repair.plan import PlanRules, plan_undo
from exporter.repair.records import Entry, Origin, Outcome
from exporter.repair.rows import AnalysisRows, DataSourceRows, IndexRows, StatusRow, TimelineRows
from tests.unit.repair.build import AT, judged_analysis, judged_timeline, planned, row
from tests.unit.repair.timesketch_model import execute, without_ids

if TYPE_CHECKING:
    from exporter.repair.changes import Repair
    from exporter.repair.rows import Rows

_IDS = count(1)
_STATUSES = ("queueing", "processing", "ready", "fail", "new", "archived")
_TEXTS = st.none() | st.text(max_size=30) | st.just('{"status_updates": []}')


def _rows(*statuses: str, least: int = 0) -> st.SearchStrategy[tuple[StatusRow, ...]]:
    made = st.builds(
        lambda status, user: row(next(_IDS), status, user_id=user),
        st.sampled_from(statuses),
        st.none() | st.integers(min_value=1, max_value=3),
    )
    return st.lists(made, min_size=least, max_size=3).map(
        lambda rows: tuple(sorted(rows, key=lambda each: each.status_id))
    )


_SOURCES = st.builds(
    lambda statuses, message: DataSourceRows(next(_IDS), statuses, message, "a.csv"),
    _rows(*_STATUSES),
    _TEXTS,
)
_INDEXES = st.builds(
    lambda statuses, shared_with: IndexRows(7, "abc", statuses, shared_with),
    _rows(*_STATUSES),
    st.integers(min_value=0, max_value=2),
)
TIMELINES = st.builds(
    lambda statuses, sources, index: TimelineRows(
        5, 1, "disk", (*statuses, row(next(_IDS), "processing")), tuple(sources), index
    ),
    _rows(*_STATUSES),
    st.lists(_SOURCES, max_size=4),
    st.none() | _INDEXES,
)
ANALYSES = st.builds(
    lambda statuses, result: AnalysisRows(9, 1, 5, "domain", statuses, result),
    _rows("PENDING", "STARTED", least=1),
    _TEXTS,
)
AGES = st.floats(min_value=0.0, max_value=1000.0)


@st.composite
def repairs(draw: st.DrawFn) -> Repair:
    """A repair of any orphan."""
    if draw(st.booleans()):
        rows: TimelineRows = draw(TIMELINES)
        ids = [each.data_source_id for each in rows.data_sources]
        judged = judged_timeline(
            rows,
            streamed={each for each in ids if draw(st.booleans())},
            ages={each: (draw(AGES), draw(AGES)) for each in ids},
        )
        rules = draw(st.sampled_from([PlanRules(), PlanRules("fail")]))
        return planned((judged, rows), rules=rules).repairs[0]
    analysis: AnalysisRows = draw(ANALYSES)
    return planned((judged_analysis(analysis), analysis)).repairs[0]


def written(repair: Repair, rows: Rows) -> Rows:
    """The rows after a repair or undo."""
    return execute(rows, repair.changes, new_rows)


def new_rows(change: SetStatus) -> tuple[StatusRow, ...]:
    """Status rows with new ids; what is not dated is dated now."""
    now = row(next(_IDS), "now")
    return tuple(
        StatusRow(
            next(_IDS),
            each.status,
            each.user_id,
            each.created_at or now.created_at,
            each.updated_at or now.updated_at,
        )
        for each in change.after
    )


@given(repairs())
@settings(max_examples=100)
def test_a_repair_leaves_one_final_status(repair: Repair) -> None:
    """Whatever is written says something final, in exactly one row without a user."""
    after = written(repair, repair.rows)
    assert [each.status for each in after.statuses] in (["ready"], ["fail"], ["ERROR"])
    for change in repair.changes:
        if isinstance(change, SetStatus):
            assert [(each.status, each.user_id) for each in change.after] in (
                [("ready", None)],
                [("fail", None)],
                [("ERROR", None)],
            )


@given(repairs())
@settings(max_examples=50)
def test_a_repair_tells_its_id_with_every_text(repair: Repair) -> None:
    """Whoever finds a data source or analysis failed finds the repair in its text."""
    for change in repair.changes:
        if isinstance(change, SetText):
            assert repair.repair_id in (change.after or "")


@given(repairs())
@settings(max_examples=50)
def test_each_thing_is_written_once(repair: Repair) -> None:
    """No two changes of a repair are about the same statuses or the same text."""
    written_to = [
        (change.table, change.parent_id)
        if isinstance(change, SetStatus)
        else (change.column, change.row_id)
        for change in repair.changes
    ]
    assert len(set(written_to)) == len(written_to)


@given(repairs())
@settings(max_examples=50)
def test_a_shared_index_is_never_written(repair: Repair) -> None:
    """Other timelines of an index never suffer from a repair."""
    index = repair.rows.index if isinstance(repair.rows, TimelineRows) else None
    if index is not None and index.shared_with > 0:
        after = written(repair, repair.rows)
        assert isinstance(after, TimelineRows)
        assert after.index == index


@given(repairs())
@settings(max_examples=100)
def test_an_undo_restores_everything(repair: Repair) -> None:
    """Every status row, user, time and text is as before; only the ids of status rows are new."""
    after = written(repair, repair.rows)
    entry = Entry(
        repair=repair,
        origin=Origin("root@host", "cli"),
        version="1",
        instance="host:1:1",
        begun_at=AT,
        outcome=Outcome.APPLIED,
        ended_at=AT,
        after=after,
    )
    undo = plan_undo(entry, repair_id="r9", now=AT + 1.0)
    assert without_ids(written(undo, after)) == without_ids(repair.rows)
