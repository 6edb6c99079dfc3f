"""The oldest dependencies that pyproject.toml takes, in an environment of their own.

`python -m tests.release.oldest ARGUMENTS` makes it at the first use and runs pytest in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

TOP = Path(__file__).parents[2]
_CACHE = TOP / ".cache"
_PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
_EXTRAS = ("demo", "mariadb")
# What the tests need themselves; as new as elsewhere.
_TESTERS = (
    "coverage",
    "httpx",
    "hypothesis",
    "psutil",
    "pytest",
    "pytest-timeout",
    "pytest-xdist",
    "trustme",
)


def bounds() -> dict[str, str]:
    """By name, the lowest version of each requirement that pyproject.toml takes."""
    needed = list(_PROJECT["dependencies"])
    for extra in _EXTRAS:
        needed += _PROJECT["optional-dependencies"][extra]
    lowest = {}
    for requirement in map(Requirement, needed):
        (lower,) = requirement.specifier
        lowest[requirement.name] = lower.version
    return lowest


def ready_environment() -> Path:
    """The interpreter of the environment, which is made in seconds where it is not there.

    Only from wheels: a lower bound that nobody can install without a compiler helps nobody.
    """
    made_from = (TOP / "pyproject.toml").read_bytes() + sys.version.encode()
    directory = _CACHE / f"oldest-{hashlib.sha256(made_from).hexdigest()[:12]}"
    _CACHE.mkdir(exist_ok=True)
    with (_CACHE / "oldest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "finished").exists():
            shutil.rmtree(directory, ignore_errors=True)
            _make(directory)
            (directory / "finished").touch()
    return directory / "bin" / "python"


def pytest_in_it(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest there to its end."""
    python = ready_environment()
    return subprocess.run(
        [python, "-m", "pytest", "-o", f"cache_dir={_CACHE}/pytest-oldest", *arguments],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )


def _make(directory: Path) -> None:
    pins = directory.with_suffix(".txt")
    extras = [f"--extra={extra}" for extra in _EXTRAS]
    _uv("venv", "--python", sys.executable, str(directory))
    _uv(
        *("pip", "compile", "--resolution=lowest-direct", "--only-binary=:all:", *extras),
        *("--python", str(directory), "--output-file", str(pins), "pyproject.toml"),
    )
    testers = [
        each
        for each in _PROJECT["optional-dependencies"]["dev"]
        if Requirement(each).name in _TESTERS
    ]
    install = ("pip", "install", "--python", str(directory))
    _uv(*install, "--only-binary=:all:", "--requirements", str(pins), *testers)
    _uv(*install, "--no-deps", "--editable", ".")


def _uv(*arguments: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run(
        [uv, "--quiet", *arguments], cwd=TOP, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"uv {' '.join(arguments)} failed with\n{done.stderr.strip()}")


if __name__ == "__main__":
    done = pytest_in_it(*sys.argv[1:])
    sys.stdout.write(done.stdout + done.stderr)
    sys.exit(done.returncode)
