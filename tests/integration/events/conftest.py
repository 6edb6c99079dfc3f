"""A history on each kind of database that can hold one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.events.history import History

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["file", "postgres"])
def journal_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a journal: a file that is not there, and an empty PostgreSQL."""
    if request.param == "file":
        return f"sqlite:///{tmp_path / 'journal.db'}"
    found: str = request.getfixturevalue("database_url")
    return found


@pytest.fixture
def history(journal_url: str) -> Iterator[History]:
    """Return an empty history."""
    kept = History.kept(journal_url)
    yield kept
    kept.close()
