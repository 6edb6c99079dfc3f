"""The journal on each kind of database that can hold it: one contract for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.repair.journal import Journal, open_journal
from tests.integration.repair.journal.samples import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """Return the URL of a journal in a file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'state' / 'journal.db'}"


@pytest.fixture(params=["file_url", "database_url"])
def url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a journal that does not exist yet: in a file, and on PostgreSQL."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def clock() -> Clock:
    """Return the clock of this test's journals."""
    return Clock()


@pytest.fixture
def opened(url: str, clock: Clock) -> Iterator[Callable[..., Journal]]:
    """Return what opens the journal once more, as another process would."""
    journals: list[Journal] = []

    def another(timeout: float = 10.0) -> Journal:
        journals.append(
            open_journal(url, instance="host:1", version="1.0", clock=clock, timeout=timeout)
        )
        return journals[-1]

    yield another
    for journal in journals:
        journal.close()


@pytest.fixture
def journal(opened: Callable[..., Journal]) -> Journal:
    """Return an open, empty journal."""
    return opened()
