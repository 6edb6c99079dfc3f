"""What kind of problem a database driver's error is, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.urls import redact

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.exc import DBAPIError

# SQLSTATEs of PostgreSQL (its manual, appendix A); error numbers of MySQL and MariaDB.
_MISSING: frozenset[object] = frozenset({"42P01", "42703", "3F000", 1146, 1054})
_DENIED: frozenset[object] = frozenset({"42501", 1142, 1143})
_TOO_SLOW: frozenset[object] = frozenset({"57014", 1969, 3024})


def place(url: URL) -> str:
    """Say which database is meant, without user and password."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:{(url.database or '').removeprefix('file:')}"
    port = f":{url.port}" if url.port else ""
    return f"{url.get_backend_name()}://{url.host or ''}{port}/{url.database or ''}"


def first_line(error: DBAPIError) -> str:
    """Return the driver's own words in one line, without passwords."""
    original = error.orig
    arguments = original.args if original is not None else ()
    text = str(arguments[-1] if arguments else error).strip() or type(original).__name__
    return redact(text.splitlines()[0].strip())


def is_missing(error: DBAPIError) -> bool:
    """Whether a table or a column does not exist."""
    return _code(error) in _MISSING or first_line(error).startswith(
        ("no such table", "no such column")
    )


def is_denied(error: DBAPIError) -> bool:
    """Whether the role lacks a right on a table or column."""
    return _code(error) in _DENIED


def is_too_slow(error: DBAPIError) -> bool:
    """Whether the server gave a statement up at its time-out."""
    return _code(error) in _TOO_SLOW


def _code(error: DBAPIError) -> object:
    """Return PostgreSQL's SQLSTATE or MySQL's error number; None while connecting."""
    sqlstate = getattr(error.orig, "pgcode", None)
    arguments = error.orig.args if error.orig is not None else ()
    return sqlstate or (arguments[0] if len(arguments) > 1 else None)
