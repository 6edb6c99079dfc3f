"""Where the journal lies when nobody says: a file in the state directory of the service or user."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "journal.db"
_OWN = "timesketch-exporter"
_NOT_IN_A_URL = "?#%"


def journal_url(environ: Mapping[str, str]) -> str | None:
    """The URL of the default journal, or None where no directory is known for it.

    systemd names the directory of a service in STATE_DIRECTORY (several are joined by colons: the
    first); a user's is found as the XDG base directory specification says. Relative paths are
    ignored, as that specification demands, and so are those that a URL cannot hold.
    """
    candidates = (
        (environ.get("STATE_DIRECTORY", "").partition(":")[0], (FILE,)),
        (environ.get("XDG_STATE_HOME", ""), (_OWN, FILE)),
        (environ.get("HOME", ""), (".local", "state", _OWN, FILE)),
    )
    for directory, parts in candidates:
        path = PurePosixPath(directory).joinpath(*parts)
        if path.is_absolute() and not any(
            letter.isspace() or letter in _NOT_IN_A_URL for letter in str(path)
        ):
            return f"sqlite:///{path}"
    return None
