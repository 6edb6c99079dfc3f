"""The printed privileges are enough, and no more than enough: tried by being these users."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from exporter.demo import tables
from exporter.observe.database import reading_engine
from exporter.observe.database_check import check_database
from exporter.observe.driver_errors import is_denied
from exporter.observe.timelines import TimelinesReader
from exporter.repair.grants import grants
from exporter.repair.reading import RowsReader
from exporter.repair.records import Outcome
from exporter.repair.rows import Target
from exporter.repair.write_check import check_rows, check_writer
from exporter.repair.writing import writing_engine
from tests.integration.observe.test_database import changed
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
    from tests.integration.repair.stuck import Stuck


@dataclass(frozen=True, slots=True)
class Granted:
    """A stuck timeline, and the URLs of the two users that the script was made for."""

    here: Stuck
    reader: str
    repairer: str


@pytest.fixture(params=["on_postgres", "on_mariadb"])
def granted(request: pytest.FixtureRequest) -> Granted:
    """Return a database in which the script was run, twice, for two new users with odd names."""
    database: TimesketchDatabase = request.getfixturevalue(request.param)
    dialect = database.engine.dialect.name
    here = stuck(database)
    mark = uuid.uuid4().hex[:6]
    names = [f'the "{role}" `{mark}`' for role in ("reader", "repairer")]
    for name in names:
        create = (
            f"CREATE USER `{name.replace('`', '``')}`@'%' IDENTIFIED BY 'secret'"
            if dialect == "mysql"
            else 'CREATE ROLE "' + name.replace('"', '""') + "\" LOGIN PASSWORD 'secret'"
        )
        with database.engine.begin() as connection:
            connection.exec_driver_sql(create.replace("%", "%%"))
    script = grants(
        dialect, database=str(database.engine.url.database), reader=names[0], repairer=names[1]
    )
    for _ in range(2):
        run(database, script)
    reader, repairer = (changed(database.url, username=name, password="secret") for name in names)
    return Granted(here, reader, repairer)


def run(database: TimesketchDatabase, script: str) -> None:
    """Run a script as an administrator would, statement by statement."""
    lines = [line for line in script.splitlines() if line and not line.startswith("--")]
    with database.engine.begin() as connection:
        for line in lines:
            assert line.endswith(";")
            connection.exec_driver_sql(line.replace("%", "%%"))


def refused(url: str, statement: str) -> bool:
    """Whether the database denies a statement to this user."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
    except DBAPIError as error:
        return is_denied(error)
    return False


WRITES = [
    "DELETE FROM timeline",
    "DELETE FROM datasource",
    "DELETE FROM sketch_status",
    "UPDATE timeline SET name = 'x'",
    "UPDATE timeline SET sketch_id = NULL",
    "UPDATE timeline_status SET status = 'ready'",
    "UPDATE datasource SET file_on_disk = '/etc/passwd'",
    "UPDATE analysis SET parameters = 'x'",
    "UPDATE sketch SET name = 'x'",
    "INSERT INTO timeline (name) VALUES ('x')",
    "INSERT INTO sketch_status (parent_id, status) VALUES (1, 'archived')",
    "INSERT INTO timeline_status (id, parent_id, status) VALUES (99, 1, 'ready')",
    "CREATE TABLE mine (id integer)",
]
READS = [
    'SELECT username FROM "user"',
    "SELECT name FROM sketch",
    "SELECT description FROM timeline",
    "SELECT file_on_disk, context FROM datasource",
    "SELECT parameters FROM analysis",
]


def test_reader_scans(granted: Granted) -> None:
    """The reader can read all that scans and repairs are decided from, and check finds it so."""
    add(granted.here.database, tables.SKETCH_LABEL, parent_id=1, label="keep")
    engine = reading_engine(granted.reader, timeout=10)

    scanned = TimelinesReader(engine).read()
    rows = RowsReader(engine).read([(Target.TIMELINE, 1), (Target.ANALYSIS, 1)])

    assert len(scanned.timelines) == len(scanned.analyses) == 1
    assert scanned.statuses == {"processing": 1}
    assert rows == {
        (Target.TIMELINE, 1): granted.here.timeline(),
        (Target.ANALYSIS, 1): granted.here.analysis(),
    }
    assert RowsReader(engine).labels([1]) == {1: frozenset({"keep"})}
    findings = [*check_database(engine), *check_rows(engine)]
    assert {finding.level for finding in findings} == {"ok"}
    engine.dispose()


def test_reader_reads_nothing_else(granted: Granted) -> None:
    """The reader sees no users, and no names or descriptions that nobody needs."""
    mysql = granted.reader.startswith("mysql")
    # A scan needs to know whether a file lies on the disk.
    reads = [one for one in READS if "file_on_disk" not in one]
    statements = [one.replace('"', "`") if mysql else one for one in reads]

    assert [one for one in statements if not refused(granted.reader, one)] == []


def test_reader_writes_nothing(granted: Granted) -> None:
    """The reader cannot change anything."""
    statements = [
        *WRITES,
        "DELETE FROM timeline_status",
        "INSERT INTO timeline_status (parent_id, status) VALUES (1, 'ready')",
        "UPDATE datasource SET error_message = 'x'",
        "UPDATE timeline SET updated_at = NULL",
    ]

    assert [one for one in statements if not refused(granted.reader, one)] == []


def test_repairer_repairs(granted: Granted) -> None:
    """The repairer can repair and undo, timelines with their index and analyses."""
    here = granted.here
    add(here.database, tables.USER, username="ada", name="Ada")
    here.database.execute("UPDATE timeline_status SET user_id = 1")
    before = without_ids(here.timeline()), without_ids(here.analysis())
    write = writer(granted.repairer)
    repairs = [repair_timeline(here.timeline(), index=True), repair_analysis(here.analysis())]

    applied = [write.apply(repair) for repair in repairs]
    settled = [write.settle(repair) for repair in repairs]
    undone = [
        write.apply(undo(repair, done)) for repair, done in zip(repairs, applied, strict=True)
    ]

    assert [each.outcome for each in (*applied, *undone)] == [Outcome.APPLIED] * 4
    assert settled == applied
    assert (without_ids(here.timeline()), without_ids(here.analysis())) == before
    findings = list(check_writer(writing_engine(granted.repairer, timeout=10)))
    assert {finding.level for finding in findings} == {"ok"}


def test_repairer_does_nothing_else(granted: Granted) -> None:
    """The repairer can neither delete or rename a timeline nor read what no repair needs."""
    mysql = granted.reader.startswith("mysql")
    reads = [one.replace('"', "`") if mysql else one for one in READS]

    assert [one for one in [*WRITES, *reads] if not refused(granted.repairer, one)] == []
