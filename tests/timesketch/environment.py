"""The virtual environment that holds the real Timesketch, made once and kept between runs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


@dataclass(frozen=True, slots=True)
class Environment:
    """A finished environment; programs in it are started as `python -m`, since it was moved."""

    directory: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.directory / "bin" / "python"

    @property
    def data(self) -> Path:
        """The configuration and data files that Timesketch's wheel brings."""
        return self.directory / "share" / "timesketch"


def ready_environment(cache: Path = REPOSITORY / ".cache") -> Environment:
    """Return the environment of exactly our pins and this Python, building it at the first use.

    A build that dies leaves nothing behind that a later run could take for finished, and of two
    runs at once the second waits for the first one's build.
    """
    pins = REQUIREMENTS.read_bytes() + sys.version.encode()
    directory = cache / f"timesketch-{hashlib.sha256(pins).hexdigest()[:12]}"
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "timesketch.lock"):
        if not directory.exists():
            unfinished = cache / f"{directory.name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            _build(unfinished)
            unfinished.rename(directory)
    return Environment(directory)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(directory: Path) -> None:
    uv = shutil.which("uv", path=_search_path())
    if uv is not None:
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(directory)])
        install = [uv, "pip", "install", "--quiet", "--python", str(directory / "bin" / "python")]
    else:
        _run([sys.executable, "-m", "venv", str(directory)])
        install = [str(directory / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    _run([*install, "-r", str(REQUIREMENTS)])
    # Compiled now: whoever imports it at the same time as others would compile all of it, each.
    _run([str(directory / "bin" / "python"), "-c", "import timesketch.app, celery.bin.celery"])


def _search_path() -> str:
    # `make` installs uv beside our interpreter where the machine has none.
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(
            f"cannot make the environment of the real Timesketch: {' '.join(command)} failed with\n"
            f"{done.stderr.strip() or done.stdout.strip()}"
        )


if __name__ == "__main__":
    ready_environment()
