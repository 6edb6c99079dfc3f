"""Making the journal's file where the disk is full."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, NoReturn

import pytest

from exporter.errors import JournalFullError
from exporter.repair.journal.file import make_file

if TYPE_CHECKING:
    from pathlib import Path


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file for which there is no room is told so, and not as a lack of rights."""

    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "open", full)

    with pytest.raises(JournalFullError, match=r"journal\.db: no space left on device"):
        make_file(tmp_path / "journal.db")
