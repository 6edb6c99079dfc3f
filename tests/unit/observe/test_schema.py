"""The columns that the exporter says it reads are those that its statements name."""

from __future__ import annotations

import re

import pytest

from exporter.observe.schema import COLUMNS
from exporter.observe.statements import names, source, statement

_FROM = re.compile(r"\b(?:FROM|JOIN) (\w+)(?: AS (\w+))?")
_COLUMN = re.compile(r"\b(\w+)\.(\w+)\b")
_DERIVED = {"counted", "facts"}


def sql(name: str) -> str:
    """Return a statement without its comments."""
    return re.sub(r"--.*", "", source(name))


def test_columns_are_those_of_the_statements() -> None:
    """Every column in a statement is declared, and every declared column is in a statement."""
    found: dict[str, set[str]] = {}
    for name in names():
        tables = {alias or table: table for table, alias in _FROM.findall(sql(name))}
        for alias, column in _COLUMN.findall(sql(name)):
            if alias not in _DERIVED:
                found.setdefault(tables[alias], set()).add(column)

    assert {table: frozenset(columns) for table, columns in found.items()} == COLUMNS


@pytest.mark.parametrize("name", names())
def test_statements_say_what_they_answer(name: str) -> None:
    """Each statement begins with the question that it answers."""
    assert re.match(r"-- [A-Z].*\?$", source(name).splitlines()[0])


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "mariadb", "sqlite"])
def test_macros_are_replaced(name: str, dialect: str) -> None:
    """No macro is left in a statement that is sent."""
    sent = re.sub(r"--.*", "", str(statement(name, dialect)))

    assert "AGE(" not in sent
    assert "NOW_EPOCH(" not in sent


@pytest.mark.parametrize("name", names())
def test_statements_only_select(name: str) -> None:
    """No statement has a word that changes anything."""
    assert not re.search(r"\b(?:INSERT|UPDATE|DELETE|ALTER|DROP|CREATE|LOCK)\b", sql(name))
