"""An instance's name proves its death, where anybody can tell."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.repair.identifiers import Instance, is_dead, new_repair_id, this_instance

if TYPE_CHECKING:
    from pathlib import Path


def proc(tmp_path: Path, *, started: str | None = "77") -> Path:
    """A /proc in which this process was started then, or that does not say."""
    (tmp_path / "self" / "ns").mkdir(parents=True)
    (tmp_path / "self" / "ns" / "pid").symlink_to("pid:[4026531836]")
    if started is not None:
        own = tmp_path / str(os.getpid())
        own.mkdir()
        (own / "stat").write_text(f"1 (a ) b) S {' '.join('0' * 18)} {started} 0 0\n")
    return tmp_path


def test_repairs_are_named_shortly_and_differently() -> None:
    """A repair's id is eight characters that can be typed."""
    names = {new_repair_id() for _ in range(100)}
    assert len(names) == 100
    assert all(len(name) == 8 and name.isalnum() for name in names)


def test_this_process_lives() -> None:
    """The process that asks is named after its start and is not dead."""
    assert not is_dead(str(this_instance()))
    assert this_instance() == this_instance()


def test_a_process_that_ended_is_dead() -> None:
    """A process that is gone is dead, and so is one whose id another process has by now."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    assert is_dead(str(replace(this_instance(), pid=ended.pid)))
    assert is_dead(str(replace(this_instance(), started="1")))


def test_a_process_that_is_hidden_lives(tmp_path: Path) -> None:
    """Where /proc shows no processes but one's own, others are not taken for dead."""
    hiding = proc(tmp_path)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        name = str(replace(this_instance(hiding), pid=other.pid))
        assert not is_dead(name, hiding)
        other.communicate(b"\n")
    assert is_dead(name, hiding)
    assert is_dead(str(replace(this_instance(hiding), pid=10**30)), hiding)


def test_nobody_can_tell_of_other_places() -> None:
    """Processes of other hosts and containers are not dead for all that can be seen from here."""
    assert not is_dead(str(Instance("elsewhere/1", 1, "1")))
    assert not is_dead("whatever")
    assert not is_dead(f"{this_instance().place}:x:1")


def test_the_start_is_read_behind_any_name(tmp_path: Path) -> None:
    """A program's name may hold brackets and blanks."""
    found = this_instance(proc(tmp_path))
    assert found.started == "77"
    assert found.place.endswith("/4026531836")


def test_without_a_proc_nobody_is_dead(tmp_path: Path) -> None:
    """Where the kernel does not say when processes were started, none is called dead."""
    nowhere = proc(tmp_path, started=None)
    assert this_instance(nowhere).started == "unknown"
    assert not is_dead(str(replace(this_instance(nowhere), pid=1)), nowhere)
    assert this_instance(tmp_path / "none").place.endswith("/unknown")
