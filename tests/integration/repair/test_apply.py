"""What a repair writes, when it writes nothing, and that an undo restores exactly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from exporter.demo import tables
from exporter.errors import RepairExpiredError, RepairNotKeptError, RepairWriteError
from exporter.repair.records import Outcome
from tests.integration.repair.stuck import (
    add,
    repair_analysis,
    repair_timeline,
    stuck,
    undo,
    without_ids,
    writer,
)

if TYPE_CHECKING:
    from tests.integration.observe.timesketch_database import TimesketchDatabase


def test_timeline(database: TimesketchDatabase) -> None:
    """A repaired timeline and its data sources fail with a message, by one status row each."""
    here = stuck(database)
    repair = repair_timeline(here.timeline())

    applied = writer(database.roles.repairer).apply(repair)

    after = here.timeline()
    assert (applied.outcome, applied.after) == (Outcome.APPLIED, after)
    assert [row.status for row in after.statuses] == ["fail"]
    assert [[row.status for row in s.statuses] for s in after.data_sources] == [["fail"]] * 2
    assert all("Repair r1." in (s.error_message or "") for s in after.data_sources)
    assert after.statuses[0].user_id is None
    created = after.statuses[0].created_at
    assert created is not None
    assert created == after.statuses[0].updated_at
    before = repair.rows.statuses[0].created_at
    assert before is not None
    assert created > before


def test_index_is_left_alone(database: TimesketchDatabase) -> None:
    """Without being told to, a repair does not touch the search index."""
    here = stuck(database)
    before = here.timeline()

    writer(database.roles.repairer).apply(repair_timeline(before))

    assert here.timeline().index == before.index


def test_index(database: TimesketchDatabase) -> None:
    """A search index that is part of the repair gets its one status row, too."""
    here = stuck(database)

    writer(database.roles.repairer).apply(repair_timeline(here.timeline(), index=True))

    index = here.timeline().index
    assert index is not None
    assert [row.status for row in index.statuses] == ["fail"]


def test_analysis(database: TimesketchDatabase) -> None:
    """A repaired analysis says ERROR and its result says why."""
    here = stuck(database)

    applied = writer(database.roles.repairer).apply(repair_analysis(here.analysis()))

    after = here.analysis()
    assert applied.after == after
    assert [row.status for row in after.statuses] == ["ERROR"]
    assert after.result == "Lost. Repair r2."


def test_old_rows_are_cleared(database: TimesketchDatabase) -> None:
    """Where an older Timesketch left several status rows, one is left after the repair."""
    here = stuck(database)
    add(database, tables.TIMELINE_STATUS, parent_id=here.timeline_id, status="processing")

    writer(database.roles.repairer).apply(repair_timeline(here.timeline()))

    assert [row.status for row in here.timeline().statuses] == ["fail"]


def test_updated_at_moves(database: TimesketchDatabase) -> None:
    """A data source whose message is written counts as updated, as by Timesketch itself."""
    here = stuck(database)
    database.execute("UPDATE datasource SET updated_at = '2001-01-01 00:00:00'")

    writer(database.roles.repairer).apply(repair_timeline(here.timeline()))

    with database.engine.connect() as connection:
        oldest = connection.execute(text("SELECT min(updated_at) FROM datasource")).scalar()
    assert not str(oldest).startswith("2001")


@pytest.mark.parametrize("index", [False, True])
def test_undo(database: TimesketchDatabase, index: bool) -> None:  # noqa: FBT001  a parameter
    """An undo puts every former status row back with its user and its timestamps."""
    here = stuck(database)
    add(database, tables.USER, username="ada", name="Ada")
    database.execute("UPDATE timeline_status SET user_id = 1")
    before = here.timeline()
    repair = repair_timeline(before, index=index)
    applied = writer(database.roles.repairer).apply(repair)

    undone = writer(database.roles.repairer).apply(undo(repair, applied))

    assert undone.outcome is Outcome.APPLIED
    assert without_ids(here.timeline()) == without_ids(before)


def test_undo_of_an_analysis(database: TimesketchDatabase) -> None:
    """An undo restores an analysis and its result, an empty one too."""
    here = stuck(database)
    before = here.analysis()
    repair = repair_analysis(before)
    applied = writer(database.roles.repairer).apply(repair)

    writer(database.roles.repairer).apply(undo(repair, applied))

    assert without_ids(here.analysis()) == without_ids(before)


def test_undo_after_a_change(database: TimesketchDatabase) -> None:
    """An undo of rows that changed since changes nothing and says what is different."""
    here = stuck(database)
    repair = repair_timeline(here.timeline())
    applied = writer(database.roles.repairer).apply(repair)
    database.execute("UPDATE timeline_status SET status = 'ready'")
    before = here.timeline()

    undone = writer(database.roles.repairer).apply(undo(repair, applied))

    assert undone.outcome is Outcome.UNCHANGED
    assert "says ready" in undone.detail
    assert here.timeline() == before


CHANGES = {
    "status": (
        "UPDATE timeline_status SET status = 'ready'",
        r"timeline 1 says ready since .*, not processing",
    ),
    "set anew": (
        "UPDATE timeline_status SET id = id + 100",
        r"timeline 1 was set to processing since .* anew",
    ),
    "no status": ("DELETE FROM timeline_status", "timeline 1 has no status any more"),
    "second status row": (
        "INSERT INTO timeline_status (parent_id, status) VALUES (1, 'fail')",
        "timeline 1 says fail, not processing",
    ),
    "source added": (
        "INSERT INTO datasource (timeline_id, error_message) VALUES (1, '')",
        "data source 3 was added",
    ),
    "source gone": (
        "UPDATE datasource SET timeline_id = NULL WHERE id = 2",
        "data source 2 is gone",
    ),
    "source ready": (
        "UPDATE datasource_status SET status = 'ready' WHERE parent_id = 1",
        r"data source 1 says ready since .*, not processing",
    ),
    "message": (
        "UPDATE datasource SET error_message = 'bad file' WHERE id = 2",
        "the error message of data source 2 was changed",
    ),
    "deleted": ("UPDATE timeline SET sketch_id = NULL", "timeline 1 is in no sketch"),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_changed_rows_are_left_alone(on_sqlite: TimesketchDatabase, change: str) -> None:
    """Whatever changed since the verdict, nothing is written, and it is said what is different."""
    database = on_sqlite
    here = stuck(database)
    repair = repair_timeline(here.timeline())
    statement, detail = CHANGES[change]
    database.execute(statement)
    before = here.timeline()

    applied = writer(database.roles.repairer).apply(repair)

    assert (applied.outcome, applied.after) == (Outcome.UNCHANGED, None)
    assert re.search(detail, applied.detail)
    assert here.timeline() == before


def test_names_do_not_count(database: TimesketchDatabase) -> None:
    """A timeline that was renamed, or whose index others used, is repaired all the same."""
    here = stuck(database)
    repair = repair_timeline(here.timeline())
    database.execute("UPDATE timeline SET name = 'renamed'")
    database.timeline(here.sketch_id, "ready", index_id=here.index_id)

    assert writer(database.roles.repairer).apply(repair).outcome is Outcome.APPLIED


def test_shared_index_is_left_alone(database: TimesketchDatabase) -> None:
    """A repair that would set an index does nothing once another timeline lies in it."""
    here = stuck(database)
    repair = repair_timeline(here.timeline(), index=True)
    database.timeline(here.sketch_id, "ready", index_id=here.index_id)

    applied = writer(database.roles.repairer).apply(repair)

    assert applied.detail == "search index 1 holds 1 other timelines, not 0"


def test_gone(database: TimesketchDatabase) -> None:
    """An analysis that was deleted since is left alone."""
    here = stuck(database)
    repair = repair_analysis(here.analysis())
    database.execute("DELETE FROM analysis_status", "DELETE FROM analysis")

    applied = writer(database.roles.repairer).apply(repair)

    assert (applied.outcome, applied.detail) == (Outcome.UNCHANGED, "analysis 1 is gone")


def test_expired(database: TimesketchDatabase) -> None:
    """A repair that may not write any more when its turn comes writes nothing."""
    here = stuck(database)
    before = here.timeline()

    with pytest.raises(RepairExpiredError, match="repair r1 was not written"):
        writer(database.roles.repairer).apply(repair_timeline(before), may_write=lambda: False)

    assert here.timeline() == before


def test_unchanged_is_never_asked(database: TimesketchDatabase) -> None:
    """Whether it may write is asked only where something would be written."""
    here = stuck(database)
    repair = repair_timeline(here.timeline())
    database.execute("DELETE FROM timeline_status")
    asked: list[bool] = []

    writer(database.roles.repairer).apply(repair, may_write=lambda: not asked.append(True))  # type: ignore[func-returns-value]

    assert not asked


def test_text_cut_short(on_mariadb: TimesketchDatabase) -> None:
    """A text that a lenient MariaDB would cut short is not written at all."""
    here = stuck(on_mariadb)
    on_mariadb.execute("ALTER TABLE datasource MODIFY error_message VARCHAR(10)")
    before = here.timeline()
    lenient = f"{on_mariadb.roles.repairer}?init_command=SET+sql_mode=''"

    with pytest.raises(RepairNotKeptError, match="did not keep"):
        writer(lenient).apply(repair_timeline(before))
    with pytest.raises(RepairWriteError, match="too long"):
        writer(on_mariadb.roles.repairer).apply(repair_timeline(before))

    assert here.timeline() == before


def test_trigger(on_postgres: TimesketchDatabase) -> None:
    """A trigger that changes what is written makes the repair take itself back."""
    here = stuck(on_postgres)
    before = here.timeline()
    on_postgres.execute(
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.status = 'closed'; RETURN NEW; END $$",
        "CREATE TRIGGER meddle BEFORE INSERT ON timeline_status"
        " FOR EACH ROW EXECUTE FUNCTION meddle()",
    )

    with pytest.raises(RepairNotKeptError):
        writer(on_postgres.roles.repairer).apply(repair_timeline(before))

    assert here.timeline() == before
