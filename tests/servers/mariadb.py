"""A MariaDB of the Debian package mariadb-server, with data and port of its own."""

from __future__ import annotations

import getpass
import secrets
from typing import TYPE_CHECKING, Self

import pymysql

from exporter.demo.processes import Process, free_port, spawn
from tests.servers.waiting import wait_until_up

if TYPE_CHECKING:
    from pathlib import Path

_START_TIMEOUT = 60.0
_USER = "timesketch"

# Runs at every start; --bootstrap cannot set passwords. Root has none, so it goes.
_ACCOUNTS = """\
CREATE OR REPLACE USER {user}@'127.0.0.1' IDENTIFIED BY '{password}';
GRANT ALL ON *.* TO {user}@'127.0.0.1' WITH GRANT OPTION;
DROP USER IF EXISTS root@localhost, root@'127.0.0.1', root@'::1';
"""


class MariaDB:
    """A MariaDB on loopback; its data survive `stop`, `kill` and `start`."""

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.password = secrets.token_hex(8)
        self._directory = directory
        self._data = directory / "data"
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """The superuser's URL, without a database."""
        return self.database_url("")

    def database_url(self, name: str) -> str:
        """Return the superuser's URL of a database, as Timesketch's configuration has it."""
        return f"mysql+pymysql://{_USER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Make the data directory at the first start, then wait until the server answers."""
        account = getpass.getuser()
        accounts = self._directory / "accounts.sql"
        if not self._data.exists():
            self._directory.mkdir(parents=True, exist_ok=True)
            accounts.write_text(_ACCOUNTS.format(user=_USER, password=self.password))
            installer = spawn(
                [
                    *("mariadb-install-db", "--no-defaults", f"--datadir={self._data}"),
                    *(
                        f"--user={account}",
                        "--skip-test-db",
                        "--auth-root-authentication-method=normal",
                    ),
                ],
                name="mariadb-install-db",
                directory=self._directory,
            )
            if installer.wait(_START_TIMEOUT) != 0:
                msg = f"mariadb-install-db failed: {installer.last_lines()}"
                raise RuntimeError(msg)
        self._process = spawn(
            [
                *("/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self._data}"),
                *(f"--user={account}", "--bind-address=127.0.0.1", f"--port={self.port}"),
                # Relative to the data directory: a socket's path may have 107 characters at most.
                *("--socket=server.sock", "--skip-name-resolve", f"--init-file={accounts}"),
                # No need to survive a power cut; what is written survives the server's end.
                *("--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync"),
                *("--skip-innodb-doublewrite", "--innodb-buffer-pool-size=64M"),
                *("--skip-log-bin", "--performance-schema=OFF"),
            ],
            name="mariadb",
            directory=self._directory,
        )
        wait_until_up(self._process, self._answers, timeout=_START_TIMEOUT)

    def stop(self) -> None:
        """Shut down in order."""
        if self._process is not None:
            self._process.stop(timeout=30)

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()

    def execute(self, *statements: str) -> None:
        """Execute statements as superuser."""
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def create_database(self, name: str) -> str:
        """Create a database and return its URL."""
        self.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        return self.database_url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database."""
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")

    def _connect(self) -> pymysql.Connection[pymysql.cursors.Cursor]:
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=_USER,
            password=self.password,
            connect_timeout=5,
            autocommit=True,
            # The driver would load the certificates of every authority, at each connection.
            ssl_disabled=True,
        )

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except pymysql.err.OperationalError:
            return False
        return True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
