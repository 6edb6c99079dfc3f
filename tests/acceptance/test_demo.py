"""`timesketch-exporter demo` as a newcomer runs it."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = Path(sys.executable).with_name("timesketch-exporter")
PATIENCE = 240.0
LEAVES_WITHIN = 30.0


class Performance:
    """A running demonstration, everything it prints, and every process it ever had."""

    def __init__(self, directory: Path, *options: str, terminal: bool = False) -> None:
        self.directory = directory
        self.output = directory.with_suffix(".out")
        self.descendants: set[psutil.Process] = set()
        stream = self.output.open("wb")
        environment = {**os.environ, "TMPDIR": str(directory), "TERM": "xterm", "COLUMNS": "120"}
        self._terminal = None
        if terminal:
            self._terminal, stdout = pty.openpty()
            os.set_blocking(self._terminal, False)
        else:
            stdout = stream.fileno()
        self._stream = stream
        self.process = subprocess.Popen(
            [COMMAND, "demo", *options], stdout=stdout, stderr=subprocess.STDOUT, env=environment
        )
        if terminal:
            os.close(stdout)

    def look(self) -> str:
        """Note the processes that it has now; return what it has printed so far."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self.descendants.update(psutil.Process(self.process.pid).children(recursive=True))
        if self._terminal is not None:
            with contextlib.suppress(OSError):
                while block := os.read(self._terminal, 65536):
                    self._stream.write(block)
            self._stream.flush()
        return self.output.read_text(errors="replace")

    def read_until(self, words: str) -> None:
        """Wait until it has printed these words."""
        deadline = time.monotonic() + PATIENCE
        while words not in (printed := self.look()):
            assert self.process.poll() is None, printed
            assert time.monotonic() < deadline, printed
            time.sleep(0.1)

    def end(self, within: float) -> int:
        """Wait for its end and return the exit code."""
        deadline = time.monotonic() + within
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.look()
            self.look()
            time.sleep(0.1)
        return self.process.returncode

    def left_behind(self) -> list[str]:
        """Processes and files that outlived it, once the kernel had time to end the former."""
        deadline = time.monotonic() + LEAVES_WITHIN
        while any(map(_runs, self.descendants)) and time.monotonic() < deadline:
            time.sleep(0.05)
        files = [str(path) for path in self.directory.iterdir()]
        return files + [str(process) for process in self.descendants if _runs(process)]

    def close(self) -> None:
        """End it whatever it does."""
        self.process.kill()
        self.process.wait()
        self._stream.close()
        if self._terminal is not None:
            os.close(self._terminal)
        self.output.unlink()


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def directory() -> Iterator[Path]:
    """Return a place for temporary files that any user may pass through.

    As root, the demonstration's database server runs as user nobody.
    """
    path = Path(tempfile.mkdtemp(prefix="test-demo-", dir="/tmp"))
    path.chmod(0o711)
    yield path
    with contextlib.suppress(OSError):
        path.rmdir()


def test_once_tells_the_whole_story(directory: Path) -> None:
    """`demo --once` exits 0 once all came out as told, and leaves no process and no file."""
    performance = Performance(directory, "--once")
    with contextlib.closing(performance):
        code = performance.end(within=PATIENCE)
        printed = performance.look()
        assert code == 0, printed
        assert "suspect → orphaned" in printed
        assert "reserved → parked" in printed
        assert "draining → ready" in printed
        assert "Nothing was written: --dry-run." in printed
        # Two orphans, one of them repaired twice; the third is repaired by the loop, unless that
        # is so quick that nobody saw it orphaned.
        assert printed.count("orphaned → fail") in {3, 4}
        assert "Prometheus and Alertmanager start" in printed
        assert "asked for by alert TimesketchTimelineOrphaned" in printed
        assert "fail → orphaned" in printed
        assert "If it still says fail, upload the file again" in printed
        assert "applied, taken back by" in printed
        assert "\x1b" not in printed
        assert performance.descendants
        assert performance.left_behind() == []


@pytest.mark.parametrize(
    ("number", "options", "code"),
    [
        (signal.SIGTERM, (), 0),
        (signal.SIGINT, ("--once",), 1),
    ],
)
def test_leaving_midway_cleans_up(
    directory: Path, number: signal.Signals, options: tuple[str, ...], code: int
) -> None:
    """Whoever leaves in the middle of the story leaves no process and no file behind."""
    performance = Performance(directory, *options)
    with contextlib.closing(performance):
        performance.read_until("celery@import-1")
        performance.process.send_signal(number)
        assert performance.end(within=LEAVES_WITHIN) == code, performance.look()
        assert performance.descendants
        assert performance.left_behind() == []


def test_terminal_shows_a_picture(directory: Path) -> None:
    """On a terminal the story is a table that is drawn anew, and Ctrl-C ends it with 0."""
    performance = Performance(directory, terminal=True)
    with contextlib.closing(performance):
        performance.read_until("the exporter says")
        performance.read_until("dc01-security.csv")
        performance.process.send_signal(signal.SIGINT)
        assert performance.end(within=LEAVES_WITHIN) == 0, performance.look()
        assert "\x1b[" in performance.look()
        assert performance.left_behind() == []
