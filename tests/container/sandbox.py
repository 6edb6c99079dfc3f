"""A container without Docker: a file system of its own to read, a few places to write, few rights.

bubblewrap makes the file system of the programs of this machine and of what a service mounts; the
process is number 1 in it, as in a container, and setpriv takes its rights away.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import psutil

from exporter.demo.processes import Process, spawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.container.network import Network

PATIENCE = 60.0
_OF_THE_HOST = ("/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/ld.so.cache")
_RIGHTS_TO_GIVE_UP_RIGHTS = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")


@dataclass(frozen=True, slots=True)
class Place:
    """A path of this machine at a path in a sandbox."""

    source: Path
    target: str
    read_only: bool = True


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What a process in it sees: `places`, `environment`, and /tmp of its own."""

    network: Network
    user: str
    places: Sequence[Place]
    environment: Mapping[str, str]

    def start(self, command: Sequence[str], *, name: str, directory: Path) -> Running:
        """Start a command as process 1; what it prints is in `directory/name.log`."""
        process = spawn(self._line(command, "--as-pid-1"), name=name, directory=directory)
        return Running(process)

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command beside, as `docker exec` does."""
        return subprocess.run(
            self._line(command), capture_output=True, text=True, check=False, timeout=PATIENCE
        )

    def _line(self, command: Sequence[str], *more: str) -> list[str]:
        uid, gid = self.user.split(":")
        made = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", *more]
        for directory in _parents([*_OF_THE_HOST, *(place.target for place in self.places)]):
            made += ["--perms", "0755", "--dir", directory]
        made += ["--ro-bind", "/usr", "/usr"]
        for name in ("bin", "sbin", "lib", "lib64"):
            if Path("/", name).is_symlink():
                made += ["--symlink", str(Path("/", name).readlink()), f"/{name}"]
        for file in filter(os.path.exists, _OF_THE_HOST):
            made += ["--ro-bind", file, file]
        made += ["--proc", "/proc", "--dev", "/dev"]
        for writable in ("/dev/shm", "/tmp"):  # noqa: S108  as every container has them
            made += ["--perms", "1777", "--tmpfs", writable]
        for place in self.places:
            how = "--ro-bind" if place.read_only else "--bind"
            made += [how, str(place.source), place.target]
        made += ["--remount-ro", "/", "--chdir", "/", "--clearenv"]
        for name, value in self.environment.items():
            made += ["--setenv", name, value]
        for right in _RIGHTS_TO_GIVE_UP_RIGHTS:
            made += ["--cap-add", right]
        made += ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        made += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--", *command]
        return self.network.inside(made)


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox's first process. `process` is bubblewrap, which goes when it goes."""

    process: Process

    def log(self) -> str:
        """What it printed so far."""
        return self.process.log.read_text(errors="replace")

    def stop(self) -> int:
        """Send SIGTERM, as `docker stop` does; the exit code, or TimeoutError if it goes on."""
        (first,) = psutil.Process(self.process.pid).children()
        first.terminate()
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it."""
        self.process.kill()


def _parents(targets: Iterable[str]) -> list[str]:
    """The directories above, outermost first: bubblewrap would make them for root alone."""
    above = {parent for target in targets for parent in PurePosixPath(target).parents}
    return sorted(str(parent) for parent in above if parent.name)
