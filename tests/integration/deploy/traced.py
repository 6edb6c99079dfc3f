"""What a process asked of the kernel, from strace's record."""

from __future__ import annotations

import contextlib
import re
import subprocess
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from exporter.demo.processes import Process

_OPENING = ("openat", "open", "mkdir", "rename", "unlink")
_MAPPING = ("mmap", "mprotect", "pkey_mprotect")
_LOOKED_AT = frozenset({"socket", "bind", *_OPENING, *_MAPPING})

_CALL = re.compile(r"^\d+ +(\w+)\((.*)$", re.MULTILINE)
_DONE = re.compile(r"= \d+$")
_PATH = re.compile(r'"([^"]*)"')
_BOUND = re.compile(r"sin6?_port=htons\((\d+)\)")


def traced(allowed: set[str], record: Path) -> list[str]:
    """How to start a command so that it records each call beyond these, and those looked at.

    To stop a process at every call would slow it down tenfold.
    """
    left_out = ",".join(f"?{name}" for name in sorted(allowed - _LOOKED_AT))
    options = ("--follow-forks", "--seccomp-bpf", "--quiet=all", f"--trace=!{left_out}")
    return ["strace", *options, f"--output={record}"]


@contextlib.contextmanager
def ended(strace: Process) -> Iterator[None]:
    """At the end of the block send SIGTERM to what strace has started, and wait for its end.

    strace itself heeds no SIGTERM, and what it started would outlive it.
    """
    try:
        yield
    finally:
        if strace.alive():
            for started in psutil.Process(strace.pid).children():
                started.terminate()
        strace.wait(30)


class Trace:
    """The recorded calls of a process and of all its threads."""

    def __init__(self, record: Path) -> None:
        self._calls: list[tuple[str, str]] = _CALL.findall(record.read_text(errors="replace"))

    def names(self) -> set[str]:
        """The names of the recorded calls."""
        return {name for name, _ in self._calls}

    def families(self) -> set[str]:
        """The address families of its sockets."""
        return {arguments.partition(",")[0] for arguments in self._of("socket")}

    def ports(self) -> set[int]:
        """The ports that it bound."""
        return {int(port) for arguments in self._of("bind") for port in _BOUND.findall(arguments)}

    def written(self) -> set[str]:
        """The absolute paths of files that it opened to write or make something."""
        found = set()
        for arguments in self._of(*_OPENING):
            opened = arguments.startswith(("AT_FDCWD", '"')) and "O_RDONLY" not in arguments
            path = _PATH.search(arguments)
            if opened and path is not None and _DONE.search(arguments):
                found.add(path[1])
        return found

    def writable_code(self) -> list[str]:
        """The memory that it wanted to write and execute."""
        calls = self._of(*_MAPPING)
        return [call for call in calls if "PROT_WRITE" in call and "PROT_EXEC" in call]

    def _of(self, *names: str) -> list[str]:
        return [arguments for name, arguments in self._calls if name in names]


def system_calls(filters: Iterable[str]) -> set[str]:
    """The calls that lines of SystemCallFilter= allow, by systemd's own lists."""
    allowed: set[str] = set()
    for line in filters:
        for name in line.removeprefix("~").split():
            if line.startswith("~"):
                allowed -= _expanded(name)
            else:
                allowed |= _expanded(name)
    return allowed


def _expanded(name: str) -> set[str]:
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True
    )
    members = [line.strip() for line in listed.stdout.splitlines()[1:]]
    kept = [member for member in members if member and not member.startswith("#")]
    return {call for member in kept for call in _expanded(member)}
