"""The embedded servers keep their data as told and leave nothing running."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import pytest
import redis
from sqlalchemy import NullPool, create_engine, text

from exporter.demo import postgres_home
from exporter.demo.servers import Postgres, Valkey
from exporter.errors import DemoServerError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_postgres_keeps_its_data(postgres: Postgres, database_url: str, how: str) -> None:
    """What was committed is there after a shutdown and after a crash, at the same address."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept AS SELECT 7 AS number"))

    getattr(postgres, how)()
    postgres.start()

    with engine.connect() as connection:
        assert connection.execute(text("SELECT number FROM kept")).scalar() == 7


def test_valkey_forgets(tmp_path: Path) -> None:
    """Valkey comes back empty at the same address, unless it was told to keep its data."""
    with Valkey(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("key", "value")
        server.kill()
        server.start()

        assert client.keys() == []


def test_valkey_with_append_only_file(tmp_path: Path) -> None:
    """With an append-only file it comes back with its data."""
    config = {"appendonly": "yes", "appendfsync": "always"}
    with Valkey(tmp_path, config=config) as server, redis.Redis.from_url(server.url) as client:
        client.set("key", "value")
        server.kill()
        server.start()

        assert client.get("key") == b"value"


def test_valkey_that_cannot_start(tmp_path: Path) -> None:
    """A server that ends at once is an error with its last words, not a wait."""
    with pytest.raises(DemoServerError, match="valkey ended"):
        Valkey(tmp_path, config={"maxmemory": "lots"}).start()


def test_postgres_on_a_port_in_use(tmp_path: Path, postgres: Postgres) -> None:
    """A port that somebody else has is an error with the server's words."""
    other = Postgres(tmp_path, postgres.port)
    other.home  # noqa: B018  initdb, so that only the start is under test

    with pytest.raises(DemoServerError, match="postgres ended"):
        other.start()
    other.home.close()


def test_postgres_where_only_we_may_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL, which runs as nobody for root, finds a place even if TMPDIR is root's alone."""
    tmp_path.chmod(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Postgres(tmp_path / "wanted") as server:
        engine = create_engine(server.url, poolclass=NullPool)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
        home = server.home.directory
        assert home.is_relative_to(tmp_path) is (os.geteuid() != 0)

    assert home.exists() is home.is_relative_to(tmp_path)


def test_postgres_without_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can go nowhere, one line says what to set, and nothing is left behind."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres_home, "_reachable", lambda _directory: False)

    with pytest.raises(DemoServerError, match="set TMPDIR"):
        Postgres(tmp_path / "wanted").start()

    assert list((tmp_path / "wanted").iterdir()) == []


def test_no_server_after_stop(tmp_path: Path) -> None:
    """After `stop` the process is gone."""
    server = Valkey(tmp_path)
    server.start()
    process = server.process

    server.stop()

    assert not process.alive()
