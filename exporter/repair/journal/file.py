"""SQLite's file, made before it is opened: for nobody else's eyes, since it tells of cases."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from exporter.errors import JournalError, JournalFullError, JournalUnwritableError

if TYPE_CHECKING:
    from pathlib import Path

_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600


def make_file(path: Path) -> None:
    """Make the file and its directory where they are missing; what is there stays as it is.

    Raises JournalUnwritableError or JournalFullError.
    """
    try:
        _make_directory(path.parent)
    except OSError as error:
        raise _fault(error, f"make the journal's directory {path.parent}") from error
    try:
        if not path.exists():
            # Not exclusively: another process may do the same. Empty is a valid SQLite database.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE))
    except OSError as error:
        raise _fault(error, f"make the journal {path}") from error


def _make_directory(directory: Path) -> None:
    """Make it and what is missing above it; unlike Path.mkdir's, all of it with our mode."""
    if directory.is_dir():
        return
    _make_directory(directory.parent)
    directory.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)


def _fault(error: OSError, doing: str) -> JournalError:
    why = (error.strerror or str(error)).lower()
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return JournalFullError(f"cannot {doing}: {why}; until there is room, nothing is repaired")
    return JournalUnwritableError(
        f"cannot {doing}: {why}; "
        f"set journal.url to a place that user id {os.geteuid()} may write to"
    )
