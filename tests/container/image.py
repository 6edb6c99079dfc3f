"""The image without Docker: what the Dockerfile copies, installed where it installs it."""

from __future__ import annotations

import fnmatch
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.container import dockerfile
from tests.container.sandbox import Place, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.container.network import Network

TOP = Path(__file__).parents[2]
ENVIRONMENT = "/opt/timesketch-exporter"
STATE = "/var/lib/timesketch-exporter"


class Image:
    """The virtual environment in `directory`, as the image has it below /opt."""

    def __init__(self, directory: Path) -> None:
        self.source = directory / "source"
        self.environment = directory / "environment"

    def build(self) -> None:
        """Do what the first stage does, with the programs of .venv and Debian's Python."""
        for file in context():
            target = self.source / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / file, target)
        self.environment.mkdir()
        subprocess.run(
            [
                *("bwrap", "--dev-bind", "/", "/", "--tmpfs", "/opt"),
                *_others_in(Path("/opt")),
                *("--bind", str(self.environment), ENVIRONMENT),
                *("--setenv", "PATH", "/usr/bin:/bin"),
                *(str(self.source / "contrib/container/install"), ENVIRONMENT, sys.prefix),
            ],
            check=True,
        )

    def run_by(
        self,
        network: Network,
        state: Path,
        *,
        places: Sequence[Place] = (),
        settings: dict[str, str] | None = None,
    ) -> Sandbox:
        """A container of it; `state` is its volume, whose owner becomes the image's user."""
        user = dockerfile.of_the_image("USER")
        state.mkdir(exist_ok=True)
        os.chown(state, *map(int, user.split(":")))
        return Sandbox(
            network,
            user,
            [Place(self.environment, ENVIRONMENT), Place(state, STATE, read_only=False), *places],
            dockerfile.pairs("ENV") | (settings or {}),
        )


def context() -> Iterator[Path]:
    """The files that .dockerignore lets into the build, relative to the top."""
    lines = (TOP / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    wanted = [Path(line.removeprefix("!")) for line in patterns if line.startswith("!")]
    # Nothing else is said in the file than what these two loops understand.
    assert set(patterns) - {f"!{path}" for path in wanted} == {"*", "**/__pycache__"}
    for path in wanted:
        for file in (TOP / path).rglob("*") if (TOP / path).is_dir() else [TOP / path]:
            if file.is_file() and not fnmatch.fnmatch(str(file), "*/__pycache__/*"):
                yield file.relative_to(TOP)


def _others_in(directory: Path) -> Iterator[str]:
    """What else lies there stays there, for it may be where packages come from."""
    for other in directory.iterdir() if directory.is_dir() else ():
        if str(other) != ENVIRONMENT:
            yield from ("--ro-bind", str(other), str(other))
