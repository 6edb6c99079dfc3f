"""A network of its own, as the containers of one project have it: every port in it is free.

Run as a program it is what holds the network: it says `up` and goes on until it is killed.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

from exporter.demo.processes import Process, spawn
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_TOP = Path(__file__).parents[2]
_GET = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=5).read().decode())"


class Network:
    """Where the commands of `inside` run; ends with the context."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._holder: Process | None = None

    def inside(self, command: Sequence[str | Path]) -> list[str]:
        """The command line that runs a command in it."""
        assert self._holder is not None
        enter = ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net"]
        return [*enter, *(str(word) for word in command)]

    def get(self, url: str) -> str | None:
        """What an address in it answers; None where nothing good does."""
        asked = subprocess.run(
            self.inside([sys.executable, "-I", "-S", "-c", _GET, url]),
            capture_output=True,
            text=True,
            check=False,
        )
        return asked.stdout if asked.returncode == 0 else None

    def __enter__(self) -> Self:
        argv = [sys.executable, "-m", "tests.container.network"]
        env = {**os.environ, "PYTHONPATH": str(_TOP)}
        holder = spawn(argv, name="network", directory=self._directory, env=env)
        self._holder = holder
        until(lambda: "up" in holder.log.read_text(), "there is a network")
        return self

    def __exit__(self, *_: object) -> None:
        if self._holder is not None:
            self._holder.kill()


def _hold() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    sys.stdout.write("up\n")
    sys.stdout.flush()
    signal.pause()


if __name__ == "__main__":
    _hold()
