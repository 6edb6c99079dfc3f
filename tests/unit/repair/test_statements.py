"""The statements of a repair: what they lock, and that rights and columns cover them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy.dialects import mysql, postgresql

from exporter.repair import selects, statements
from exporter.repair.changes import (
    Evidence,
    NewStatus,
    Repair,
    SetStatus,
    SetText,
    StatusTable,
    TextColumn,
)
from exporter.repair.rights import LABELS, REPAIRER, ROWS, Verb
from exporter.repair.rows import (
    DataSourceRows,
    IndexRows,
    StatusRow,
    Target,
    TimelineRows,
)
from exporter.repair.schema import COLUMNS

if TYPE_CHECKING:
    from sqlalchemy import Executable

    from exporter.repair.changes import Change

ROW = StatusRow(4, "processing")
TIMELINE = TimelineRows(
    timeline_id=5,
    sketch_id=1,
    name="evidence",
    statuses=(ROW,),
    data_sources=(DataSourceRows(7, (ROW,), ""), DataSourceRows(8, (ROW,), "")),
    index=IndexRows(2, "cafe", (ROW,), 0),
)
INDEX = SetStatus(StatusTable.INDEX, 2, (ROW,), (NewStatus("fail"),))
REPAIR = Repair(
    repair_id="r1",
    target=Target.TIMELINE,
    target_id=5,
    sketch_id=1,
    timeline_id=5,
    name="evidence",
    status_id=4,
    rows=TIMELINE,
    changes=(INDEX,),
    evidence=Evidence("orphaned", 0.0, 0.0, ()),
)
# table.column, wherever a compiled statement names one
_NAMED = re.compile(r"\b([a-z_]+)\.([a-z_]+)\b")


def compiled(statement: Executable) -> str:
    """Return a statement as PostgreSQL gets it."""
    made = statement.compile(  # type: ignore[attr-defined]
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"render_postcompile": True},
    )
    return " ".join(str(made).split())


def test_only_the_first_lock_is_waited_for() -> None:
    """Whoever waits for nothing while holding a lock can be part of no deadlock."""
    first = compiled(statements.lock_own_row(REPAIR))
    others = [compiled(each) for each in statements.lock_other_rows(REPAIR)]

    assert first.endswith("FOR UPDATE")
    assert "FROM timeline " in first
    assert [each.rpartition("FOR UPDATE")[2] for each in others] == [" NOWAIT"] * 2
    assert "FROM datasource " in others[0]
    assert "FROM searchindex " in others[1]


def test_mariadb_knows_nowait() -> None:
    """MariaDB gets the same words."""
    (first, _) = statements.lock_other_rows(REPAIR)

    assert str(first.compile(dialect=mysql.dialect())).endswith("FOR UPDATE NOWAIT")


def test_index_is_locked_only_to_be_changed() -> None:
    """A repair locks an index only to change it, and data sources only where there are any."""
    no_sources = replace(TIMELINE, data_sources=())

    assert len(list(statements.lock_other_rows(replace(REPAIR, changes=())))) == 1
    assert list(statements.lock_other_rows(replace(REPAIR, changes=(), rows=no_sources))) == []


def test_new_rows_come_before_old_ones_go() -> None:
    """SQLite would give the id of a deleted last row out again."""
    verbs = [compiled(each).split()[0] for each in statements.write(INDEX)]

    assert verbs == ["INSERT", "DELETE"]


def test_rights_cover_what_is_read() -> None:
    """Every column that is read is one that a user is granted, and none is granted in vain."""
    read: dict[str, set[str]] = {}
    asked = [
        selects.timelines([1]),
        selects.index_shares([1]),
        selects.data_sources([1]),
        selects.data_source_statuses([1]),
        *(selects.statuses(kind, [1]) for kind in StatusTable),
        selects.analyses([1]),
        selects.labels([1]),
    ]
    for statement in asked:
        sql = compiled(statement)
        assert "SELECT *" not in sql
        for table, column in _NAMED.findall(sql):
            name = "sketch_status" if table in {"gone", "newer"} else table
            read.setdefault(name, set()).add(column)

    assert {table: frozenset(columns) for table, columns in read.items()} == {**ROWS, **LABELS}


def test_rights_cover_what_is_written() -> None:
    """Each table and column of a write is granted."""
    granted = {(right.verb, right.table): right.columns for right in REPAIRER}
    texts = [SetText(column, 1, None, "x") for column in TextColumn]
    changes: list[Change] = [*texts, *(replace(INDEX, table=kind) for kind in StatusTable)]

    for statement in (each for change in changes for each in statements.write(change)):
        sql = compiled(statement)
        verb, table = re.match(r"(INSERT|UPDATE|DELETE)(?: INTO| FROM)? (\w+)", sql).groups()  # type: ignore[union-attr]
        columns = granted[Verb(verb), table]
        if verb == "INSERT":
            named = sql[sql.index("(") + 1 : sql.index(")")].split(", ")
            assert sorted(named) == sorted(columns)
        if verb == "UPDATE":
            assert set(re.findall(r"(\w+)=", sql)) == set(columns)


def test_columns_are_those_of_rights() -> None:
    """The columns that are compared with Timesketch's models are those that are granted."""
    named: dict[str, set[str]] = {name: set(columns) for name, columns in LABELS.items()}
    for right in REPAIRER:
        named.setdefault(right.table, set()).update(right.columns)

    assert {table: frozenset(columns) for table, columns in named.items()} == COLUMNS
