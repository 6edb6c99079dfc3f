"""Children are stopped by pid and never outlive the process that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from exporter.demo.processes import Process, spawn
from exporter.errors import DemoServerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PARENT = """
import pathlib, sys, time
from exporter.demo.processes import spawn
child = spawn(["sleep", "1000"], name="child", directory=pathlib.Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(1000)
"""
# Says that it is ready only once SIGTERM is ignored.
_STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(1000)
"""


def poll(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether a process has ended, reaped or not."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_child_dies_with_its_parent(tmp_path: Path) -> None:
    """SIGKILL of the parent ends the child too."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not gone(child)
        parent.kill()

    poll(lambda: gone(child))


def test_child_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    """The end of the thread in which `spawn` was called does not end the child."""
    children: list[Process] = []

    def start() -> None:
        children.append(spawn(["sleep", "1000"], name="child", directory=tmp_path))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()

    # The second child exists: whatever the first thread's end did has been done.
    assert [child.alive() for child in children] == [True, True]
    for child in children:
        child.kill()


def test_stop_kills_who_ignores_it(tmp_path: Path) -> None:
    """A child that does not react to SIGTERM is killed after the time-out."""
    child = spawn([sys.executable, "-c", _STUBBORN], name="child", directory=tmp_path)
    poll(lambda: "ready" in child.log.read_text())

    child.stop(timeout=0.05)

    assert child.exit_code == -signal.SIGKILL


def test_context_manager(tmp_path: Path) -> None:
    """At the end of a `with` block the child is stopped in order."""
    with spawn(["sleep", "1000"], name="child", directory=tmp_path) as child:
        poll(lambda: psutil.Process(child.pid).name() == "sleep")

    assert child.exit_code == -signal.SIGTERM


def test_environment_and_log(tmp_path: Path) -> None:
    """The environment is the one given, and both streams are in the log."""
    child = spawn(
        ["sh", "-c", "echo out $COLOUR; echo err >&2"],
        name="child",
        directory=tmp_path,
        env={"COLOUR": "red", "PATH": os.defpath},
    )

    assert child.wait(10) == 0
    assert child.log.read_text() == "out red\nerr\n"
    assert child.last_lines() == "out red | err"


def test_missing_program(tmp_path: Path) -> None:
    """A program that is not installed is named at once."""
    with pytest.raises(DemoServerError, match="cannot start child: no program no-such-program"):
        spawn(["no-such-program"], name="child", directory=tmp_path)
