"""The rows that repairs are planned for, read from each kind of database."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from exporter.demo import tables
from exporter.demo.processes import free_port
from exporter.errors import DatabaseUnreachableError
from exporter.observe.database import reading_engine
from exporter.repair.reading import RowsReader
from exporter.repair.rows import AnalysisRows, Target, TimelineRows
from tests.integration.observe.test_database import changed
from tests.integration.observe.timesketch_database import Source
from tests.integration.repair.stuck import add, stuck

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.integration.observe.timesketch_database import TimesketchDatabase


@pytest.fixture
def engine(database: TimesketchDatabase) -> Iterator[Engine]:
    """Return the reading engine of each database in turn."""
    made = reading_engine(database.roles.reader, timeout=10)
    yield made
    made.dispose()


def timeline(engine: Engine, timeline_id: int) -> TimelineRows:
    """Read a timeline's rows."""
    found = RowsReader(engine).read([(Target.TIMELINE, timeline_id)])[Target.TIMELINE, timeline_id]
    assert isinstance(found, TimelineRows)
    return found


def test_timeline(database: TimesketchDatabase, engine: Engine) -> None:
    """All status rows of a timeline, its data sources and its index come in order of their ids."""
    sketch_id = database.sketch("new")
    index_id = database.search_index("cafe")
    timeline_id = database.timeline(
        sketch_id,
        "new",
        "processing",
        index_id=index_id,
        sources=[Source(["queueing", "processing"]), Source([])],
    )
    add(database, tables.SEARCHINDEX_STATUS, parent_id=index_id, status="ready")
    add(database, tables.USER, username="ada")
    database.execute(
        "UPDATE timeline_status SET user_id = 1, created_at = '2026-11-23 10:02:11'",
        "UPDATE datasource SET original_filename = 'a.csv', error_message = 'x' WHERE id = 1",
    )

    found = timeline(engine, timeline_id)

    assert (found.sketch_id, found.name) == (sketch_id, "evidence")
    assert [row.status for row in found.statuses] == ["new", "processing"]
    assert [row.user_id for row in found.statuses] == [1, 1]
    assert found.statuses[1].created_at == datetime(2026, 11, 23, 10, 2, 11)  # noqa: DTZ001  as stored
    first, second = found.data_sources
    assert (first.name, first.error_message) == ("a.csv", "x")
    assert [row.status for row in first.statuses] == ["queueing", "processing"]
    assert (second.name, second.error_message, second.statuses) == ("", "", ())
    assert found.index is not None
    assert (found.index.name, found.index.shared_with) == ("cafe", 0)
    assert [row.status for row in found.index.statuses] == ["ready"]


def test_bare_timeline(database: TimesketchDatabase, engine: Engine) -> None:
    """A timeline may have no sketch, status, data source or index."""
    timeline_id = database.timeline(None)

    found = timeline(engine, timeline_id)

    assert (found.sketch_id, found.statuses, found.data_sources, found.index) == (
        *(None, (), ()),
        None,
    )


def test_analysis(database: TimesketchDatabase, engine: Engine) -> None:
    """An analysis comes with its statuses and its result."""
    sketch_id = database.sketch("new")
    analysis_id = database.analysis(sketch_id, "PENDING", "STARTED", result="12 hits")

    found = RowsReader(engine).read([(Target.ANALYSIS, analysis_id)])[Target.ANALYSIS, analysis_id]

    assert isinstance(found, AnalysisRows)
    assert (found.sketch_id, found.timeline_id, found.analyzer) == (sketch_id, None, "sigma")
    assert [row.status for row in found.statuses] == ["PENDING", "STARTED"]
    assert found.result == "12 hits"


def test_shared_index(database: TimesketchDatabase, engine: Engine) -> None:
    """An index is shared with the other timelines of living sketches that lie in it."""
    here = stuck(database)
    living = [[], ["new"], ["archived", "ready"]]
    dead = [["ready", "archived"], ["deleted"]]
    for statuses in (*living, *dead):
        database.timeline(database.sketch(*statuses), "ready", index_id=here.index_id)
    database.timeline(None, "archived", index_id=here.index_id)
    database.timeline(here.sketch_id, "ready", index_id=database.search_index("another"))

    index = timeline(engine, here.timeline_id).index

    assert index is not None
    assert index.shared_with == len(living)


def test_share_of_a_dead_sketch(database: TimesketchDatabase, engine: Engine) -> None:
    """A timeline that is of no living sketch itself does not count itself either."""
    here = stuck(database)
    database.execute("UPDATE sketch_status SET status = 'archived'")
    database.timeline(database.sketch("new"), "ready", index_id=here.index_id)

    index = timeline(engine, here.timeline_id).index

    assert index is not None
    assert index.shared_with == 1


def test_missing_ones_are_left_out(database: TimesketchDatabase, engine: Engine) -> None:
    """What does not exist is not in the answer; nothing wanted is nothing asked."""
    here = stuck(database)
    reader = RowsReader(engine)

    found = reader.read([(Target.TIMELINE, here.timeline_id), (Target.TIMELINE, 77)])

    assert list(found) == [(Target.TIMELINE, here.timeline_id)]
    assert reader.read([]) == {}
    assert reader.labels([]) == {}


def test_few_statements(on_postgres: TimesketchDatabase) -> None:
    """A thousand timelines and analyses take a few statements, not some for each."""
    here = stuck(on_postgres)
    engine = reading_engine(on_postgres.roles.reader, timeout=10)
    executed: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(*arguments: object) -> None:
        executed.append(str(arguments[2]))

    found = RowsReader(engine).read(
        [(target, number) for target in Target for number in range(1, 1001)]
    )

    assert found == {
        (Target.TIMELINE, here.timeline_id): here.timeline(),
        (Target.ANALYSIS, here.analysis_id): here.analysis(),
    }
    assert sum("SELECT" in statement for statement in executed) <= 16
    engine.dispose()


def test_labels(database: TimesketchDatabase, engine: Engine) -> None:
    """The labels of the sketches that are asked for, and that have any."""
    first, second, third = database.sketch(), database.sketch(), database.sketch()
    for sketch_id, label in [(first, "keep"), (first, "legal"), (third, "keep"), (first, None)]:
        add(database, tables.SKETCH_LABEL, parent_id=sketch_id, label=label)

    assert RowsReader(engine).labels([first, second]) == {first: frozenset({"keep", "legal"})}


def test_unreachable(on_postgres: TimesketchDatabase) -> None:
    """A database that is away is named, as for a scan."""
    away = reading_engine(changed(on_postgres.roles.reader, port=free_port()), timeout=1)

    with pytest.raises(DatabaseUnreachableError):
        RowsReader(away).read([(Target.TIMELINE, 1)])
