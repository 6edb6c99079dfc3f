"""The script of privileges: whole, and safe against odd names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import SettingsError
from exporter.repair.grants import grants
from exporter.repair.rights import FILES, READER

NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=15)


def script(dialect: str, **names: str) -> str:
    """Return the script for plain names, or for those given."""
    plain = {"database": "timesketch", "reader": "ts_reader", "repairer": "ts_repairer"}
    return grants(dialect, **{**plain, **names})


def test_postgresql() -> None:
    """PostgreSQL's script grants columns, and the sequences of the tables that rows go into."""
    made = script("postgresql")

    assert 'GRANT CONNECT ON DATABASE "timesketch" TO "ts_reader", "ts_repairer";' in made
    assert 'GRANT SELECT (id, parent_id, status) ON "sketch_status" TO "ts_reader";' in made
    assert 'GRANT DELETE ON "timeline_status" TO "ts_repairer";' in made
    assert 'GRANT UPDATE (error_message, updated_at) ON "datasource" TO "ts_repairer";' in made
    assert 'GRANT USAGE ON SEQUENCE "analysis_status_id_seq" TO "ts_repairer";' in made


@pytest.mark.parametrize("dialect", ["mysql", "mariadb"])
def test_mariadb(dialect: str) -> None:
    """MariaDB's script names the database with each table, and the user with its host."""
    made = script(dialect, repairer="ts_repairer@10.0.0.5")

    assert "GRANT DELETE ON `timesketch`.`timeline_status` TO `ts_repairer`@`10.0.0.5`;" in made
    assert "ON `timesketch`.`sketch_status` TO `ts_reader`@`%`;" in made
    assert "SEQUENCE" not in made


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_reader_only_selects(dialect: str) -> None:
    """Nothing but SELECT is granted to the reader."""
    verbs = {
        line.split()[1]
        for line in script(dialect).splitlines()
        if line.startswith("GRANT") and "ts_reader" in line and "(" in line
    }

    assert verbs == {"SELECT"}


def test_a_requeue_needs_no_further_right() -> None:
    """The paths of files are read by the reader, who sees them for scans already."""
    readable = {right.table: set(right.columns) for right in READER}
    assert all(columns <= readable[table] for table, columns in FILES.items())


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
@given(database=NAMES, reader=NAMES, repairer=NAMES)
def test_odd_names(dialect: str, database: str, reader: str, repairer: str) -> None:
    """Whatever the names are, each line is one whole statement that begins and ends as such."""
    reader, repairer = reader.replace("@", "a"), repairer.replace("@", "a")
    quote = '"' if dialect == "postgresql" else "`"

    made = grants(dialect, database=database, reader=reader, repairer=repairer)

    for line in made.split("\n"):
        assert not line or line.startswith(("--", "GRANT "))
        if line.startswith("GRANT"):
            # What remains outside of quoted names has neither quotes nor a second statement.
            bare = re.sub(f"{quote}(?:[^{quote}]|{quote}{quote})*{quote}", "_", line)
            assert re.fullmatch(r"GRANT [A-Z]+ (\([a-z_, ]+\) )?ON [A-Za-z_. ]+ TO [_@, ]+;", bare)


@pytest.mark.parametrize("name", ["", "a\nDROP TABLE timeline", "a\x00", "a\u2028b", "a\x85b"])
@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_impossible_names(dialect: str, name: str) -> None:
    """A name that could break out of a comment or line is refused."""
    with pytest.raises(SettingsError, match="cannot be the name"):
        script(dialect, reader=name)


def test_too_long_a_name() -> None:
    """A name that PostgreSQL would cut short is refused, since it would be somebody else's."""
    with pytest.raises(SettingsError, match="too long"):
        script("postgresql", reader="ä" * 32)


@pytest.mark.parametrize("name", ["@host", "user@"])
def test_half_an_account(name: str) -> None:
    """MariaDB's users are a name, or a name and a host."""
    with pytest.raises(SettingsError, match="name or name@host"):
        script("mysql", reader=name)


def test_other_dialects() -> None:
    """A database without users gets no script."""
    with pytest.raises(SettingsError, match="no grants for sqlite"):
        script("sqlite")
