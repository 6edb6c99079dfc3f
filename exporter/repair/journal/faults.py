"""What a database driver's error means for the journal: the error to raise, in one line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from exporter.errors import (
    JournalBusyError,
    JournalError,
    JournalFullError,
    JournalPrivilegeError,
    JournalUnreachableError,
    JournalUnwritableError,
    NotJournalError,
)
from exporter.observe.driver_errors import first_line, is_missing

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

    from exporter.repair.journal.address import Address

# SQLite's primary result codes (sqlite.org/rescode.html): the low byte of what the driver gives.
_BUSY = frozenset({5, 6})  # BUSY, LOCKED
_NOT_OPENED = frozenset({8, 14})  # READONLY, CANTOPEN
_FULL = 13
_DAMAGED = frozenset({11, 26})  # CORRUPT, NOTADB
# SQLSTATEs of PostgreSQL (its manual, appendix A).
_GAVE_UP = frozenset({"55P03", "57014"})  # lock_timeout, statement_timeout
_NO_ROOM = "53100"
_DENIED = frozenset({"42501", "3F000"})  # no right; no schema that one has a right to
_READ_ONLY = "25006"


def wrap(error: DBAPIError, address: Address, *, timeout: float) -> JournalError:
    """Return the error to raise instead of a driver's. `timeout` is how long we waited (s)."""
    if address.file is not None:
        return _of_sqlite(error, address, timeout)
    return _of_postgresql(error, address, timeout)


def damaged(address: Address, because: str = "it holds what no journal does") -> str:
    """What to tell of a file that is no journal, or is one no more."""
    return (
        f"the journal {address.place} is not a journal, or damaged ({because}); "
        "set journal.url to another file, or put a copy of the journal back"
    )


def _of_sqlite(error: DBAPIError, address: Address, timeout: float) -> JournalError:
    where = f"the journal {address.place}"
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return _busy(where, timeout)
    if code == _FULL:
        return _full(where)
    if code in _NOT_OPENED:
        return _not_opened(where, address)
    if code in _DAMAGED:
        return NotJournalError(damaged(address, first_line(error)))
    if is_missing(error):
        return NotJournalError(f"{where} is not a journal any more: {first_line(error)}")
    return JournalUnreachableError(f"cannot use {where}: {first_line(error)}")


def _not_opened(where: str, address: Address) -> JournalError:
    """SQLite says only that it cannot: look at the file and its directory."""
    path = address.file
    if path is None or not os.path.lexists(path):
        return JournalUnreachableError(
            f"{where} is not there any more; put it back, or start anew to begin an empty one"
        )
    # The directory counts too: SQLite puts a file of its own beside the journal for each commit.
    lacking = [str(part) for part in (path, path.parent) if not _writable(part)]
    what = " and ".join(lacking) or str(path)
    return JournalUnwritableError(
        f"{where} cannot be written: user id {os.geteuid()} may not write to {what}"
    )


def _of_postgresql(error: DBAPIError, address: Address, timeout: float) -> JournalError:
    where = f"the journal {address.place}"
    sqlstate = getattr(error.orig, "pgcode", None)
    if sqlstate in _GAVE_UP:
        return _busy(where, timeout)
    if sqlstate == _NO_ROOM:
        return _full(where)
    if sqlstate in _DENIED:
        return JournalPrivilegeError(
            f"user {address.user} lacks a right in {where} ({first_line(error)}); it needs SELECT "
            "and INSERT on the journal's tables, and to make or migrate them CREATE on the schema"
        )
    if sqlstate == _READ_ONLY:
        return JournalUnwritableError(f"{where} can only be read: {first_line(error)}")
    if is_missing(error):
        return NotJournalError(f"{where} is not a journal any more: {first_line(error)}")
    return JournalUnreachableError(f"cannot use {where}: {first_line(error)}")


def _busy(where: str, timeout: float) -> JournalBusyError:
    return JournalBusyError(
        f"{where} was kept locked by somebody else for more than {timeout:g} s; "
        "end what holds it (a shell with an open transaction, a backup) and try again"
    )


def _full(where: str) -> JournalFullError:
    return JournalFullError(f"no room is left for {where}; until there is, nothing is repaired")


def _writable(path: os.PathLike[str]) -> bool:
    return os.access(path, os.W_OK, effective_ids=True)
