"""The statements in `sql/`, one a file, made ready for a database's dialect.

They are plain SQL but for two macros that have no portable spelling: `AGE(table.column)` is the
age in seconds of one of Timesketch's timestamps, `NOW_EPOCH()` the time in Unix seconds, both by
the database's clock. Timesketch's timestamps are without time zone: now() in the time zone of the
session that wrote them (facts.md, The database). They are read in that of ours, which is the same
unless one of the two has a setting of its own; the switch to summer time is allowed for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sqlalchemy import TextClause, text

_AGE = re.compile(r"AGE\((\w+\.\w+)\)")


@dataclass(frozen=True, slots=True)
class _Clock:
    """How a dialect says what the macros mean; `{}` in `age` is the column."""

    age: str
    now_epoch: str


_CLOCKS = {
    "postgresql": _Clock(
        age="EXTRACT(EPOCH FROM now() - CAST({} AS timestamp with time zone))",
        now_epoch="EXTRACT(EPOCH FROM statement_timestamp())",
    ),
    "mysql": _Clock(
        age="(UNIX_TIMESTAMP(NOW(6)) - UNIX_TIMESTAMP({}))",
        now_epoch="UNIX_TIMESTAMP(NOW(6))",
    ),
    # SQLite's own now() is UTC.
    "sqlite": _Clock(
        age="((julianday('now') - julianday({})) * 86400.0)",
        now_epoch="((julianday('now') - 2440587.5) * 86400.0)",
    ),
}
_CLOCKS["mariadb"] = _CLOCKS["mysql"]


def names() -> tuple[str, ...]:
    """Return the names of all statements: their files' names without `.sql`."""
    files = (resources.files(__package__) / "sql").iterdir()
    return tuple(
        sorted(file.name.removesuffix(".sql") for file in files if file.name.endswith(".sql"))
    )


def source(name: str) -> str:
    """Return a statement as it stands in its file."""
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@cache
def statement(name: str, dialect: str) -> TextClause:
    """Return a statement for SQLAlchemy's dialect of this name."""
    clock = _CLOCKS[dialect]
    sql = _AGE.sub(lambda macro: clock.age.format(macro[1]), source(name))
    return text(sql.replace("NOW_EPOCH()", clock.now_epoch))
