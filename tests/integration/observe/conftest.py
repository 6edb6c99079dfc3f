"""Timesketch's database on each kind of server that it runs on, and on SQLite."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.integration.observe.timesketch_database import TimesketchDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exporter.demo.servers import Postgres
    from tests.servers.mariadb import MariaDB


@pytest.fixture
def on_postgres(database_url: str) -> TimesketchDatabase:
    """Return Timesketch's database on PostgreSQL."""
    return TimesketchDatabase(database_url)


@pytest.fixture
def on_mariadb(mariadb: MariaDB) -> Iterator[TimesketchDatabase]:
    """Return Timesketch's database on MariaDB."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield TimesketchDatabase(mariadb.create_database(name))
    mariadb.drop_database(name)


@pytest.fixture
def on_sqlite(tmp_path: Path) -> TimesketchDatabase:
    """Return Timesketch's database in a file."""
    return TimesketchDatabase(f"sqlite:///{tmp_path / 'timesketch.db'}")


@pytest.fixture(params=["on_postgres", "on_mariadb", "on_sqlite"])
def database(request: pytest.FixtureRequest) -> TimesketchDatabase:
    """Return Timesketch's database on each in turn."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, TimesketchDatabase)
    return found


@pytest.fixture(params=["postgres", "mariadb"])
def server(request: pytest.FixtureRequest) -> Postgres | MariaDB:
    """Return each database server in turn."""
    found: Postgres | MariaDB = request.getfixturevalue(request.param)
    return found
