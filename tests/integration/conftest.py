"""Servers for the integration tests: started once a session, each at the first test that asks."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
import redis

from exporter.demo.servers import Postgres, Valkey
from tests.integration.observe.timesketch_database import TimesketchDatabase
from tests.servers.mariadb import MariaDB
from tests.servers.rabbitmq import RabbitMQ

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Return a running PostgreSQL; whoever stops it starts it again."""
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """Return a running Valkey; whoever stops it starts it again."""
    with Valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """Return a running MariaDB (Debian's)."""
    with MariaDB(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """Return a running RabbitMQ (Debian's); it takes about eight seconds to start."""
    with RabbitMQ(tmp_path_factory.mktemp("rabbitmq")) as server:
        yield server


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """Return the URL of a fresh, empty PostgreSQL database of this test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def timesketch_template(postgres: Postgres) -> str:
    """Return the name of a database with Timesketch's tables, to be copied.

    A copy takes a third of the time that making the tables takes.
    """
    TimesketchDatabase(postgres.create_database("timesketch_template"))
    return "timesketch_template"


@pytest.fixture
def timesketch_url(postgres: Postgres, timesketch_template: str) -> Iterator[str]:
    """Return the URL of a fresh database of this test's own, with Timesketch's empty tables."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield postgres.create_database(name, like=timesketch_template)
    postgres.drop_database(name)


@pytest.fixture
def broker_url(valkey: Valkey) -> str:
    """Return the URL of the Valkey, without what an earlier test left in it or connected to it."""
    with redis.Redis.from_url(valkey.url) as client:
        # Who once asked workers something keeps a connection that looks like a worker's.
        client.client_kill_filter(_type="normal", skipme=True)
        client.flushall()
    return valkey.url


@pytest.fixture
def on_postgres(timesketch_url: str) -> TimesketchDatabase:
    """Return Timesketch's database on PostgreSQL."""
    return TimesketchDatabase(timesketch_url, has_tables=True)


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
