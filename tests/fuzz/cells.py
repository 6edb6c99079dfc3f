"""Databases whose files are sound and whose values are not, in few bytes.

Each line of an input is a change of one value: a byte for the column, one for the row, one for how
the rest of the line becomes a value.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MARK = b"CELLS\n"
"""What such an input begins with."""

_HEAD = 3
_ODD = (
    *(
        b"",
        b"0",
        b"-1",
        b"9" * 19,
        b"9" * 40,
        b"1e999",
        b"NaN",
        b"null",
        b"[]",
        b"{}",
        b'"\\ud800"',
    ),
    *(b"[[]]", b"\xff\xfe", b"\x00", b"FAILED", b"Infinity", b"true", b"2001-01-01"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a table with rows, and by which columns a row of it is known."""

    table: str
    column: str
    keys: tuple[str, ...]
    rows: int


def with_changed_cells(good: bytes, data: bytes) -> bytes:
    """The good file after the changes that the input's lines stand for.

    What a table's own rules forbid is left out: no damage to a value gets around them.
    """
    with contextlib.closing(_opened(good)) as connection:
        cells = _cells(good)
        # They would refuse every change; a file without them would be another kind of damage.
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        kept = triggers.fetchall()
        for name, _ in kept:
            connection.execute(f'DROP TRIGGER "{name}"')
        for line in data.removeprefix(MARK).split(b"\n"):
            if len(line) >= _HEAD:
                _change(connection, cells[line[0] % len(cells)], line)
        for _, statement in kept:
            connection.execute(statement)
        return connection.serialize()


def changed_cells(good: bytes) -> list[bytes]:
    """An input for each column, by which its values become odd, each in another way."""
    made = []
    for number, cell in enumerate(_cells(good)):
        lines = (
            bytes([number, row, (number + row) % 256]) + _ODD[(number + row) % len(_ODD)]
            for row in range(min(cell.rows, 3))
            if number != ord("\n")
        )
        made.append(MARK + b"\n".join(lines))
    return made


@cache
def words_of(good: bytes) -> tuple[bytes, ...]:
    """The values and the names in documents that a file holds: what matters to its reader."""
    found: set[str] = set()
    with contextlib.closing(_opened(good)) as connection:
        for cell in _cells(good):
            for (value,) in connection.execute(f'SELECT "{cell.column}" FROM "{cell.table}"'):  # noqa: S608  names of its own
                if isinstance(value, str):
                    found.update(_words(value))
    return tuple(word.encode() for word in sorted(found) if 1 < len(word) <= 32)


def _words(text: str) -> Iterator[str]:
    document = _document(text)
    if document is None:
        yield text
        return
    for place, key in _leaves(document):
        yield f'"{key}"' if isinstance(key, str) else "[]"
        yield str(place[key])


def _opened(good: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(good)
    return connection


@cache
def _cells(good: bytes) -> tuple[Cell, ...]:
    with contextlib.closing(_opened(good)) as connection:
        return tuple(_found(connection))


def _found(connection: sqlite3.Connection) -> Iterator[Cell]:
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    )
    for (table,) in tables.fetchall():
        columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        ((rows,),) = connection.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  likewise
        keys = tuple(name for _, name, _, _, _, key in columns if key)
        if rows:
            yield from (Cell(table, name, keys or ("rowid",), rows) for _, name, *_ in columns)


def _change(connection: sqlite3.Connection, cell: Cell, line: bytes) -> None:
    keys = ", ".join(f'"{key}"' for key in cell.keys)
    row = line[1] % cell.rows
    found = connection.execute(
        f'SELECT "{cell.column}" FROM "{cell.table}" ORDER BY {keys} LIMIT 1 OFFSET {row}'  # noqa: S608  likewise
    ).fetchone()
    how = tuple(_VALUES.values())[line[2] % len(_VALUES)]
    value = how(found[0] if found else None, line[_HEAD:])
    with contextlib.suppress(sqlite3.Error, OverflowError):
        connection.execute(
            f'UPDATE OR IGNORE "{cell.table}" SET "{cell.column}" = ? WHERE ({keys}) ='  # noqa: S608  likewise
            f' (SELECT {keys} FROM "{cell.table}" ORDER BY {keys} LIMIT 1 OFFSET {row})',
            (value,),
        )


def _number(_: object, rest: bytes) -> object:
    try:
        return int(rest[:18])
    except ValueError:
        return len(rest)


def _real(_: object, rest: bytes) -> object:
    try:
        return float(rest[:40])
    except ValueError:
        return float("inf")


def _in_document(old: object, rest: bytes) -> object:
    """The document with one of its values changed, which the first byte chooses."""
    document = _document(old)
    places = [] if document is None else [*_leaves(document)]
    if not places or not rest:
        return rest.decode("utf-8", "replace")
    place, key = places[rest[0] % len(places)]
    try:
        place[key] = json.loads(rest[1:])
    except (ValueError, RecursionError):
        place[key] = rest[1:].decode("utf-8", "surrogateescape")
    return json.dumps(document)


def _less_in_document(old: object, rest: bytes) -> object:
    """The document without one of its values."""
    document = _document(old)
    places = [] if document is None else [*_leaves(document)]
    if not places or not rest:
        return None
    place, key = places[rest[0] % len(places)]
    del place[key]
    return json.dumps(document)


_VALUES: Mapping[str, Callable[[object, bytes], object]] = {
    "in a document": _in_document,
    "text": lambda _, rest: rest.decode("utf-8", "replace"),
    "less of a document": _less_in_document,
    "bytes": lambda _, rest: rest,
    "number": _number,
    "real": _real,
    "nothing": lambda *_: None,
}


def _document(value: object) -> Any:  # noqa: ANN401  what JSON says has no better type
    try:
        document = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, (dict, list)) else None


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401  likewise
    """Every place in a document: what it is in, and by which key."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield value, key
        yield from _leaves(value[key])
