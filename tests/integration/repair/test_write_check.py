"""What is said, by `check` and by a repair, of a database that cannot be written to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from exporter.demo.processes import free_port
from exporter.errors import (
    DatabasePrivilegeError,
    DatabaseReadOnlyError,
    NotTimesketchDatabaseError,
    RepairPrivilegeError,
    RepairUnsettledError,
)
from exporter.observe.database import reading_engine
from exporter.repair.reading import RowsReader
from exporter.repair.rights import REPAIRER, Verb
from exporter.repair.rows import Target
from exporter.repair.write_check import check_rows, check_writer
from exporter.repair.writing import writing_engine
from tests.integration.observe.test_database import READ_TABLES, add_user, changed, grants
from tests.integration.repair.stuck import repair_timeline, stuck, writer

if TYPE_CHECKING:
    from exporter.snapshot import Finding
    from tests.integration.observe.timesketch_database import TimesketchDatabase

SERVERS = ["on_postgres", "on_mariadb"]
# All rights of a repairer but two.
RIGHTS = [
    f"GRANT {right} TO {{}}"
    for right in REPAIRER
    if (right.verb, right.table)
    not in {(Verb.DELETE, "timeline_status"), (Verb.UPDATE, "datasource")}
]
LACKING = "UPDATE (error_message, updated_at) on datasource, DELETE on timeline_status"


def check(url: str) -> dict[str, Finding]:
    """Return the findings by name."""
    findings = check_writer(writing_engine(url, timeout=10))
    return {finding.name.removeprefix("repair "): finding for finding in findings}


def test_all_well(database: TimesketchDatabase) -> None:
    """Every line is ok for a user that may do everything; nothing is said of too many rights."""
    here = stuck(database)
    before = here.timeline()

    found = check(database.url)

    assert set(found) == {"connection", "rights"}
    assert {finding.level for finding in found.values()} == {"ok"}
    assert here.timeline() == before


@pytest.mark.parametrize("kind", SERVERS)
def test_lacking_rights(request: pytest.FixtureRequest, kind: str) -> None:
    """Each right that is lacking is named with its table, by check and by the repair."""
    database: TimesketchDatabase = request.getfixturevalue(kind)
    here = stuck(database)
    before = here.timeline()
    url = add_user(database, "half_writing", *RIGHTS)

    found = check(url)
    with pytest.raises(RepairPrivilegeError, match=r"half_writing of .* lacks ") as caught:
        writer(url).apply(repair_timeline(before))

    assert found["rights"].level == "failure"
    assert LACKING in found["rights"].text
    assert LACKING in str(caught.value)
    assert here.timeline() == before


def test_lacking_sequence(on_postgres: TimesketchDatabase) -> None:
    """Without the right to number new rows, the sequence is named."""
    url = add_user(on_postgres, "not_counting", *RIGHTS)

    assert "USAGE on sequence public.timeline_status_id_seq" in check(url)["rights"].text


@pytest.mark.parametrize("kind", SERVERS)
def test_scan_rights_are_not_enough(request: pytest.FixtureRequest, kind: str) -> None:
    """A reader that may scan and no more is told what repairs are planned from besides."""
    database: TimesketchDatabase = request.getfixturevalue(kind)
    stuck(database)
    allowed = [name for name in READ_TABLES if name != "datasource"]
    columns = "GRANT SELECT (id, created_at, timeline_id, file_on_disk) ON datasource TO {}"
    url = add_user(database, "only_scanning", *grants(*allowed), columns)
    engine = reading_engine(url, timeout=10)
    denied = "datasource.error_message, datasource.original_filename"

    (found,) = check_rows(engine)
    with pytest.raises(DatabasePrivilegeError, match=f"{denied}, searchindex_status"):
        RowsReader(engine).read([(Target.TIMELINE, 1)])
    with pytest.raises(DatabasePrivilegeError, match="sketch_label"):
        RowsReader(engine).labels([1])

    assert found.level == "failure"
    assert f"{denied}, searchindex_status, sketch_label" in found.text
    engine.dispose()


def test_not_timesketch(database: TimesketchDatabase) -> None:
    """A database that lacks a column is named by what is missing."""
    repair = repair_timeline(stuck(database).timeline())
    database.execute("DROP TABLE analysis_status", "ALTER TABLE datasource DROP COLUMN updated_at")

    found = check(database.url)
    with pytest.raises(NotTimesketchDatabaseError, match="updated_at"):
        writer(database.roles.repairer).apply(repair)

    assert found["schema"].level == "failure"
    assert found["schema"].text.endswith("missing: analysis_status, datasource.updated_at")


def test_reading_without_labels(database: TimesketchDatabase) -> None:
    """A database without labels is named as unknown."""
    database.execute("DROP TABLE sketch_label")

    (found,) = check_rows(reading_engine(database.roles.reader, timeout=10))

    assert (found.level, found.text.rsplit(": ", 1)[1]) == ("failure", "sketch_label")


def test_read_only_postgres(on_postgres: TimesketchDatabase) -> None:
    """A PostgreSQL that takes no writes is told to be read-only, by check and by the repair."""
    here = stuck(on_postgres)
    name = on_postgres.engine.url.database
    on_postgres.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')

    found = check(on_postgres.url)
    with pytest.raises(DatabaseReadOnlyError, match="must name the primary"):
        writer(on_postgres.roles.repairer).apply(repair_timeline(here.timeline()))

    assert found["database"].level == "failure"
    assert "takes no writes" in found["database"].text


def test_read_only_mariadb(on_mariadb: TimesketchDatabase) -> None:
    """A MariaDB in read-only mode is told to be so, to users that it holds for."""
    here = stuck(on_mariadb)
    rights = [*RIGHTS, "GRANT DELETE ON timeline_status TO {}", "GRANT UPDATE ON datasource TO {}"]
    url = add_user(on_mariadb, "replicated", *rights)
    on_mariadb.execute("SET GLOBAL read_only = 1")
    try:
        found = check(url)
        with pytest.raises(DatabaseReadOnlyError, match="must name the primary"):
            writer(url).apply(repair_timeline(here.timeline()))
    finally:
        on_mariadb.execute("SET GLOBAL read_only = 0")

    assert found["database"].level == "failure"


def test_read_only_file(on_sqlite: TimesketchDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write-protected SQLite file is told to be so."""
    here = stuck(on_sqlite)
    # Root may write to any file, so that the file's mode would prove nothing in a container.
    engine = writing_engine(on_sqlite.url, timeout=1)
    url = engine.url.update_query_dict({"mode": "ro"})
    monkeypatch.setattr("exporter.observe.connecting._with_our_driver", lambda *_: url)

    found = check(on_sqlite.url)
    with pytest.raises(DatabaseReadOnlyError, match="takes no writes"):
        writer(on_sqlite.roles.repairer).apply(repair_timeline(here.timeline()))

    assert found["database"].level == "failure"


def test_no_such_file(on_sqlite: TimesketchDatabase) -> None:
    """A wrong path of a SQLite file is a failure and makes no file."""
    repair = repair_timeline(stuck(on_sqlite).timeline())
    missing = f"{on_sqlite.engine.url.database}.missing"

    found = check(f"sqlite:///{missing}")
    with pytest.raises(RepairUnsettledError, match="cannot be read"):
        writer(f"sqlite:///{missing}").settle(repair)

    assert found["connection"].level == "failure"
    assert not os.path.lexists(missing)


@pytest.mark.parametrize("kind", SERVERS)
def test_unreachable(request: pytest.FixtureRequest, kind: str) -> None:
    """Without a connection there is one line, and it says why."""
    database: TimesketchDatabase = request.getfixturevalue(kind)

    away = changed(database.url, port=free_port())

    found = check(away)
    (reading,) = check_rows(reading_engine(away, timeout=1))

    assert reading.level == "failure"
    assert [(name, each.level) for name, each in found.items()] == [("connection", "failure")]


def test_unknown_option(on_mariadb: TimesketchDatabase) -> None:
    """An option that the driver does not know is a failure."""
    assert "colour" in check(f"{on_mariadb.roles.repairer}?colour=red")["connection"].text


def test_time_zone_of_the_user(on_postgres: TimesketchDatabase) -> None:
    """A time zone that only this user's sessions have would date status rows wrongly."""
    user = make_url(on_postgres.url).username
    on_postgres.execute(f"ALTER ROLE {user} SET timezone = 'Asia/Tokyo'")
    try:
        found = check(on_postgres.url)
    finally:
        on_postgres.execute(f"ALTER ROLE {user} RESET timezone")

    assert found["time zone"].level == "warning"
    assert "Asia/Tokyo" in found["time zone"].text
