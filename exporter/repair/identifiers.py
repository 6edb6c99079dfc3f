"""Who writes a repair, and what a repair is called."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_ID_BYTES = 4
_UNKNOWN = "unknown"
# Field 22 of /proc/PID/stat (proc(5)), counted after the name, which may hold blanks.
_START_TIME = 19


@dataclass(frozen=True, slots=True)
class Instance:
    """A process that repairs, named so that its death can be proven later.

    `place` is the host and the namespace of process ids, `started` what the kernel says of its
    start: neither a restarted container nor a reused process id is mistaken for it.
    """

    place: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.place}:{self.pid}:{self.started}"


def new_repair_id() -> str:
    """A name for a repair that is short enough to be typed."""
    return secrets.token_hex(_ID_BYTES)


def this_instance(proc: Path = _PROC) -> Instance:
    """The process that asks."""
    return Instance(_place(proc), os.getpid(), _started(os.getpid(), proc) or _UNKNOWN)


def is_dead(name: str, proc: Path = _PROC) -> bool:
    """Whether the instance that was called so has certainly ended.

    Nobody can tell that of another host's or container's processes, nor where the kernel does not
    say when a process was started: then it is false.
    """
    place, pid, started = ("::" + name).rsplit(":", 2)
    own = this_instance(proc)
    if place.removeprefix("::") != own.place or not pid.isdigit() or own.started == _UNKNOWN:
        return False
    seen = _started(int(pid), proc)
    return _is_gone(int(pid)) if seen is None else seen != started


def _is_gone(pid: int) -> bool:
    """Whether there is no such process: /proc may hide those of other users (hidepid)."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


def _place(proc: Path) -> str:
    try:
        namespace = (proc / "self" / "ns" / "pid").readlink().name.strip("pid:[]")
    except OSError:
        namespace = _UNKNOWN
    return f"{socket.gethostname()}/{namespace}"


def _started(pid: int, proc: Path) -> str | None:
    """The process's start in clock ticks since the host's, or None where there is none."""
    try:
        stat = (proc / str(pid) / "stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[_START_TIME]
