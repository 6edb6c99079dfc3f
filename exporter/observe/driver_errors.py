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
_READ_ONLY: frozenset[object] = frozenset({"25006", 1290, 1792, 1836})
_LOCKED: frozenset[object] = frozenset({"55P03", 1205, 3572})
# Deadlock, serialisation failure; record changed since last read.
_CONFLICT: frozenset[object] = frozenset({"40001", "40P01", 1213, 1020})
# Shut down, crashed, starting up, idle for too long; killed, gone, refused.
_LOST: frozenset[object] = frozenset(
    {"57P01", "57P02", "57P03", "25P03", 1053, 1927, 2002, 2003, 2006, 2013}
)


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


def is_read_only(error: DBAPIError) -> bool:
    """Whether the server, the database or the file takes no writes at all."""
    return _code(error) in _READ_ONLY or first_line(error).startswith("attempt to write a readonly")


def is_locked(error: DBAPIError) -> bool:
    """Whether somebody else kept a lock for longer than was waited for it."""
    return _code(error) in _LOCKED or first_line(error).startswith("database is locked")


def is_passing(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed when it is tried anew.

    The server chose it to give way, somebody else held a lock, or the connection was lost or not
    to be had (which psycopg2 tells without a code).
    """
    if error.connection_invalidated or is_locked(error):
        return True
    code = _code(error)
    no_code = code is None and type(error.orig).__module__.startswith("psycopg2")
    return no_code or code in _CONFLICT or code in _LOST or str(code).startswith("08")


def _code(error: DBAPIError) -> object:
    """Return PostgreSQL's SQLSTATE or MySQL's error number; None while connecting."""
    sqlstate = getattr(error.orig, "pgcode", None)
    arguments = error.orig.args if error.orig is not None else ()
    return sqlstate or (arguments[0] if len(arguments) > 1 else None)
