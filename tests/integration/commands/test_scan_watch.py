"""`scan --watch` on a terminal: a screen that is drawn anew until Ctrl-C."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from exporter.demo.roles import make_roles
from exporter.demo.rows import Rows
from tests.integration.commands.serving import PATIENCE, environment, run
from tests.planted import DATABASE_PASSWORD
from tests.smithy.exporter import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES, COLUMNS = 40, 120
CTRL_C = b"\x03"
HOME = "\x1b[H"
OTHER_SCREEN, OWN_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
SHOW_CURSOR = "\x1b[?25h"
QUICK = {
    "scan.interval": "200ms",
    "judge.grace": "1ms",
    "judge.confirm-after": "300ms",
    "workers.reconnect-within": "1ms",
}


@dataclass(frozen=True)
class Installation:
    """A database with one timeline whose message was never sent, and a broker without workers."""

    engine: sqlalchemy.Engine
    settings: dict[str, str]

    def execute(self, statement: str) -> None:
        """Change rows."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture
def installation(database_url: str, broker_url: str) -> Iterator[Installation]:
    """An installation of this test's own."""
    engine = sqlalchemy.create_engine(database_url, poolclass=sqlalchemy.NullPool)
    rows = Rows(engine)
    rows.create_tables()
    rows.add_upload(rows.add_sketch("case"), "disk.csv", "/uploads/disk.csv")
    reader = make_roles(engine, password=DATABASE_PASSWORD).reader
    yield Installation(engine, {"database.url": reader, "broker.url": broker_url, **QUICK})
    engine.dispose()


class Terminal:
    """The command in a terminal of its own, as a shell starts it."""

    def __init__(self, *arguments: str, settings: dict[str, str]) -> None:
        self._keyboard, line = pty.openpty()
        fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("4H", LINES, COLUMNS, 0, 0))
        os.set_blocking(self._keyboard, False)
        self._written = bytearray()
        self.process = subprocess.Popen(
            # Whoever runs the tests in the background may have them ignore SIGINT. A terminal that
            # controls makes one of its Ctrl-C.
            ["env", "--default-signal=INT", "setsid", "--ctty", COMMAND, *arguments],
            stdin=line,
            stdout=line,
            stderr=line,
            env={**environment(settings), "TERM": "xterm", "COLUMNS": str(COLUMNS)},
        )
        os.close(line)

    @property
    def printed(self) -> str:
        """Everything that it has written so far."""
        return self._written.decode(errors="replace")

    def frame(self) -> str:
        """The last picture that is drawn to its end."""
        with contextlib.suppress(OSError):  # nothing to read, or nobody writes any more
            while block := os.read(self._keyboard, 65536):
                self._written += block
        return self.printed.rpartition(HOME)[0].rpartition(HOME)[2]

    def wait_for(self, *words: str) -> str:
        """Wait until a picture holds all these words, and return it."""
        deadline = time.monotonic() + PATIENCE
        while not all(word in (frame := self.frame()) for word in words):
            assert self.process.poll() is None, self.printed
            assert time.monotonic() < deadline, frame
            time.sleep(0.05)
        return frame

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        os.write(self._keyboard, CTRL_C)
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            # A terminal that nobody reads would block it.
            self.frame()
            assert time.monotonic() < deadline, self.printed
            time.sleep(0.05)
        self.frame()
        return self.process.returncode

    def close(self) -> None:
        """End it whatever it does."""
        self.process.kill()
        self.process.wait()
        os.close(self._keyboard)


@pytest.fixture
def terminal(installation: Installation) -> Iterator[Terminal]:
    """`scan --watch` of the installation."""
    with contextlib.closing(Terminal("scan", "--watch", settings=installation.settings)) as opened:
        yield opened


def test_it_is_redrawn_when_rows_change(terminal: Terminal, installation: Installation) -> None:
    """Each picture shows what is true now: an orphan, its new name, and that it is gone."""
    frame = terminal.wait_for("disk.csv", "orphaned")
    assert frame.count("disk.csv") == 1
    assert "Ctrl-C ends" in frame
    installation.execute("UPDATE timeline SET name = 'renamed.csv'")
    assert "disk.csv" not in terminal.wait_for("renamed.csv", "orphaned")
    installation.execute("UPDATE timeline_status SET status = 'ready'")
    assert "renamed.csv" not in terminal.wait_for("0 processing timelines")
    assert terminal.interrupt() == 0


def test_ctrl_c_ends_it_with_what_was_found(terminal: Terminal) -> None:
    """Ctrl-C gives the terminal back and ends with 3 where the last picture showed an orphan."""
    terminal.wait_for("orphaned")
    assert terminal.interrupt() == 3
    assert terminal.printed.count(OTHER_SCREEN) == terminal.printed.count(OWN_SCREEN) == 1
    assert terminal.printed.rindex(SHOW_CURSOR) > terminal.printed.rindex(HOME)
    assert "Traceback" not in terminal.printed
    assert "KeyboardInterrupt" not in terminal.printed


def test_it_ends_with_4_where_evidence_is_incomplete(installation: Installation) -> None:
    """While the broker is away the picture says so, and Ctrl-C ends with 4."""
    settings = {**installation.settings, "broker.url": "redis://:secret@127.0.0.1:1/0"}
    with contextlib.closing(Terminal("scan", "--watch", settings=settings)) as terminal:
        assert "secret" not in terminal.wait_for("unknown", "disk.csv")
        assert terminal.interrupt() == 4


def test_it_needs_a_terminal(installation: Installation) -> None:
    """Into a file or pipe, or as JSON, nothing can be redrawn: one line says so."""
    for arguments in (("--watch",), ("--watch", "--output", "json")):
        ended = run("scan", *arguments, settings=installation.settings)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "--watch redraws a terminal" in ended.stderr
        assert ended.stderr.count("\n") == 1
