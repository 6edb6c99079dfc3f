"""What is read from Timesketch's database, the same on every kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from exporter.observe.database import reading_engine
from exporter.observe.timelines import TimelinesReader
from exporter.snapshot import DataSource
from tests.integration.observe.timesketch_database import Source

if TYPE_CHECKING:
    from tests.integration.observe.timesketch_database import TimesketchDatabase


def processing(database: TimesketchDatabase) -> list[int]:
    """Return the ids of the timelines that are read as processing."""
    return [timeline.timeline_id for timeline in database.reader().read().timelines]


def test_empty_database(database: TimesketchDatabase) -> None:
    """A database without any sketch is read as empty, not as an error."""
    found = database.reader().read()

    assert found.timelines == ()
    assert found.analyses == ()
    assert found.statuses == {}
    assert found.skew is not None
    assert abs(found.skew) < 60


def test_processing_timeline(database: TimesketchDatabase) -> None:
    """A processing timeline comes with its sketch, index, status row and data source."""
    sketch = database.sketch("new")
    index = database.search_index("abc123")
    timeline = database.timeline(sketch, "processing", sources=[Source()], index_id=index)

    (found,) = database.reader().read().timelines

    assert (found.timeline_id, found.sketch_id) == (timeline, sketch)
    assert (found.name, found.index_name) == ("evidence", "abc123")
    assert found.status_id > 0
    (source,) = found.data_sources
    assert (source.status, source.streamed) == ("processing", False)


def test_other_statuses_are_left_out(database: TimesketchDatabase) -> None:
    """Only `processing` is read: not ready, failed or statusless timelines."""
    sketch = database.sketch("new")
    for statuses in (("ready",), ("fail",), ("new",), ("archived",), ()):
        database.timeline(sketch, *statuses)

    assert processing(database) == []


def test_newest_status_row_counts(database: TimesketchDatabase) -> None:
    """Of several status rows of a timeline the one with the highest id counts."""
    sketch = database.sketch("new")
    stuck = database.timeline(sketch, "ready", "fail", "processing")
    database.timeline(sketch, "processing", "ready")
    twice = database.timeline(sketch, "processing", "processing")

    assert processing(database) == [stuck, twice]


def test_status_id_is_that_of_the_newest_row(database: TimesketchDatabase) -> None:
    """The status id names the very row that was judged."""
    sketch = database.sketch()
    database.timeline(sketch, "ready", "processing", "processing")

    (found,) = database.reader().read().timelines

    assert found.status_id == 3


def test_newest_status_row_of_a_data_source_counts(database: TimesketchDatabase) -> None:
    """Status rows multiply neither timelines nor data sources."""
    sketch = database.sketch("new")
    sources = [Source(("queueing", "processing")), Source(("queueing", "fail")), Source(())]
    database.timeline(sketch, "ready", "processing", sources=sources)

    (found,) = database.reader().read().timelines

    assert [source.status for source in found.data_sources] == ["processing", "fail", None]


@pytest.mark.parametrize("path", ["", None])
def test_streamed_data_source(database: TimesketchDatabase, path: str | None) -> None:
    """A data source without a file on disk was streamed."""
    database.timeline(database.sketch("new"), "processing", sources=[Source(path=path)])

    (found,) = database.reader().read().timelines

    assert [source.streamed for source in found.data_sources] == [True]


@pytest.mark.parametrize(
    ("statuses", "living"),
    [
        (("new",), True),
        (("ready",), True),
        ((), True),
        (("archived", "ready"), True),
        (("archived",), False),
        (("deleted",), False),
        (("new", "deleted"), False),
    ],
)
def test_living_sketches(
    database: TimesketchDatabase, statuses: tuple[str, ...], *, living: bool
) -> None:
    """Only sketches that are new, ready or without a status row are looked at."""
    sketch = database.sketch(*statuses)
    database.timeline(sketch, "processing")
    database.analysis(sketch, "PENDING")

    found = database.reader().read()

    assert (len(found.timelines), len(found.analyses)) == ((1, 1) if living else (0, 0))
    assert found.statuses == ({"processing": 1} if living else {})


def test_deleted_timeline(database: TimesketchDatabase) -> None:
    """A timeline that was taken out of its sketch is neither read nor counted."""
    database.timeline(None, "processing")

    found = database.reader().read()

    assert found.timelines == ()
    assert found.statuses == {}


def test_counts(database: TimesketchDatabase) -> None:
    """Timelines are counted once each by their newest status, without one as new."""
    sketch = database.sketch("new")
    for statuses in (("ready",), ("processing", "ready"), ("fail",), (), ("new",)):
        database.timeline(sketch, *statuses)

    assert database.reader().read().statuses == {"ready": 2, "fail": 1, "new": 2}


def test_counts_where_each_has_one_status_row(database: TimesketchDatabase) -> None:
    """One row each is the rule: they are counted by it, and what has none is new."""
    living, gone = database.sketch("new", "ready"), database.sketch("ready", "archived")
    for statuses in (("ready",), ("ready",), ("processing",), ()):
        database.timeline(living, *statuses)
        database.timeline(gone, *statuses)
        database.timeline(None, *statuses)

    assert database.reader().read().statuses == {"ready": 2, "processing": 1, "new": 1}


def test_counts_without_any_status_row(database: TimesketchDatabase) -> None:
    """Where no timeline has a status row, all are new."""
    sketch = database.sketch()
    database.timeline(sketch)
    database.timeline(sketch)

    assert database.reader().read().statuses == {"new": 2}


def test_a_first_look_finds_all_that_is_read_later(database: TimesketchDatabase) -> None:
    """It names whatever has such a status row, and the search indexes; others it leaves out."""
    sketch = database.sketch("new")
    index = database.search_index("of a timeline")
    processing = database.timeline(sketch, "processing", index_id=index)
    doubled = database.timeline(sketch, "processing", "ready")
    database.timeline(sketch, "ready")
    own = database.search_index("its own")
    pending = database.analysis(sketch, "PENDING", searchindex_id=own)
    database.analysis(sketch, "DONE")

    found = database.reader().wanted()

    assert found.timeline_ids == {processing, doubled}
    assert found.analysis_ids == {pending}
    assert found.index_names == {"of a timeline", "its own"}


def test_unfinished_analyses(database: TimesketchDatabase) -> None:
    """PENDING and STARTED analyses are read with session, timeline, index and analyzer."""
    sketch = database.sketch("new")
    timeline = database.timeline(sketch, "ready", index_id=database.search_index("abc123"))
    other = database.search_index("def456")
    session = database.session(sketch)
    pending = database.analysis(sketch, "PENDING", timeline_id=timeline, analysissession_id=session)
    started = database.analysis(sketch, "PENDING", "STARTED", searchindex_id=other)
    database.analysis(sketch, "STARTED", "DONE")
    database.analysis(sketch, "ERROR")

    first, second = database.reader().read().analyses

    assert (first.analysis_id, first.status, first.session_id) == (pending, "PENDING", session)
    assert (first.timeline_id, first.index_name) == (timeline, "abc123")
    assert first.analyzer == "sigma"
    assert (second.analysis_id, second.status) == (started, "STARTED")
    assert (second.timeline_id, second.index_name) == (None, "def456")


def test_ages(database: TimesketchDatabase) -> None:
    """Ages are seconds by the database's clock, of each row its own."""
    database.timeline(database.sketch("new"), "processing", sources=[Source()])
    database.make_older("timeline_status")
    database.make_older("datasource")

    (found,) = database.reader().read().timelines

    (source,) = found.data_sources
    assert 3600 <= found.status_age < 3700
    assert 3600 <= source.created_age < 3700
    assert 0 <= source.status_age < 100


def test_ages_in_another_time_zone(on_postgres: TimesketchDatabase) -> None:
    """A database in another time zone than the exporter's gives the same ages."""
    name = on_postgres.engine.url.database
    on_postgres.execute(f"ALTER DATABASE \"{name}\" SET timezone = 'Pacific/Auckland'")
    on_postgres.timeline(on_postgres.sketch("new"), "processing")
    on_postgres.make_older("timeline_status")

    (found,) = on_postgres.reader().read().timelines

    assert 3600 <= found.status_age < 3700


def test_a_timestamp_from_the_future_or_none(database: TimesketchDatabase) -> None:
    """A row without a usable timestamp counts as just written, never as old."""
    database.timeline(database.sketch("new"), "processing", sources=[Source()])
    database.execute(
        "UPDATE timeline_status SET created_at = NULL",
        "UPDATE datasource SET created_at = '2037-01-01 00:00:00'",
    )

    (found,) = database.reader().read().timelines

    assert found.status_age == 0
    assert found.data_sources[0] == DataSource(
        data_source_id=1,
        status="processing",
        status_id=1,
        created_age=0,
        status_age=found.data_sources[0].status_age,
        streamed=False,
    )


@pytest.mark.parametrize("timelines", [1, 40])
def test_statements_do_not_grow_with_timelines(
    on_sqlite: TimesketchDatabase, timelines: int
) -> None:
    """A first look is two statements and a reading three, for one timeline or many."""
    sketch = on_sqlite.sketch("new")
    for _ in range(timelines):
        on_sqlite.timeline(sketch, "processing", sources=[Source(), Source()])
        on_sqlite.analysis(sketch, "PENDING")
    engine = reading_engine(on_sqlite.url, timeout=10)
    executed: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(*arguments: object) -> None:
        executed.append(str(arguments[2]))

    reader = TimelinesReader(engine)
    reader.wanted()
    first_look = sum("SELECT" in statement for statement in executed)
    executed.clear()
    reader.read()

    assert first_look == 2
    assert sum("SELECT" in statement for statement in executed) == 3


def test_large_databases_are_counted_seldom(on_sqlite: TimesketchDatabase) -> None:
    """Counts that took a second are shown for twenty before they are taken again."""
    moments = iter([0.0, 0.0, 1.0, 20.9, 21.1, 21.1, 21.1])
    engine = reading_engine(on_sqlite.url, timeout=10)
    reader = TimelinesReader(engine, monotonic=lambda: next(moments))
    first = reader.read().statuses
    on_sqlite.timeline(on_sqlite.sketch("new"), "ready")

    assert first == {}
    assert reader.read().statuses == {}
    assert reader.read().statuses == {"ready": 1}
