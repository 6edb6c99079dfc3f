"""What several commands are tried on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.commands.repairing import Installation
from tests.integration.observe.workers.real_workers import Imports, imports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database_url(timesketch_url: str) -> str:
    """A database with Timesketch's tables, which no test of commands does without."""
    return timesketch_url


@pytest.fixture
def installation(database_url: str, broker_url: str, tmp_path: Path) -> Installation:
    """An installation without workers."""
    return Installation.make(database_url, broker_url, tmp_path)


@pytest.fixture
def uploads(installation: Installation, tmp_path: Path) -> Iterator[Imports]:
    """A sender of imports, which end with the test."""
    with imports(installation.settings["broker.url"], tmp_path) as sender:
        yield sender
