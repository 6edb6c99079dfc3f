"""What the Dockerfile promises, as far as reading it can tell."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.container import dockerfile
from tests.container.image import context

_TOP = Path(__file__).parents[2]
_PROGRAMS = Path(sys.executable).parent


def test_hadolint() -> None:
    """Hadolint finds nothing, and is told to overlook nothing."""
    found = subprocess.run(
        [_PROGRAMS / "hadolint", "--no-color", str(dockerfile.FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    assert "hadolint ignore" not in dockerfile.FILE.read_text()
    assert not list(_TOP.glob(".hadolint.y*ml"))


def test_stages() -> None:
    """There are two stages, from the same slim image, pinned to a release."""
    bases = [stage[0].value.split()[0] for stage in dockerfile.stages()]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"debian:\d+\.\d+-slim", bases[0])
    base = dockerfile.pairs("LABEL")["org.opencontainers.image.base.name"]
    assert base == f"docker.io/library/{bases[0]}"


def test_installs_nothing_but_python() -> None:
    """The image gets Python from Debian, and nothing that could compile or install."""
    (installed,) = re.findall(
        r"apt-get install (.*?) &&", dockerfile.of_the_image("RUN"), flags=re.DOTALL
    )
    assert [word for word in installed.split() if not word.startswith("-")] == ["python3=3.11.*"]
    assert "--no-install-recommends" in installed


def test_user() -> None:
    """The user is a number that no account of the host has for its own."""
    assert dockerfile.of_the_image("USER") == "65534:65534"


@pytest.mark.parametrize("instruction", ["ENTRYPOINT", "CMD", "HEALTHCHECK"])
def test_no_shell(instruction: str) -> None:
    """What is started is started without a shell, which would keep signals to itself."""
    first, *_ = dockerfile.words(instruction)
    assert first == ("serve" if instruction == "CMD" else "timesketch-exporter")


def test_labels() -> None:
    """The labels say what pyproject.toml says; the version is given where the image is built."""
    project = tomllib.loads((_TOP / "pyproject.toml").read_text())["project"]
    labels = dockerfile.pairs("LABEL")
    prefix = "org.opencontainers.image."
    assert labels[f"{prefix}title"] == project["name"]
    assert labels[f"{prefix}description"] == project["description"]
    assert labels[f"{prefix}licenses"] == project["license"]
    assert labels[f"{prefix}version"] == "${VERSION}"


def test_context() -> None:
    """Neither history nor tests nor secrets reach the build."""
    tops = {file.parts[0] for file in context()}
    assert {"exporter", "alerts", "pyproject.toml", "requirements.lock"} <= tops
    assert not tops & {".git", ".venv", ".env", "tests", "secrets", "docs"}


def test_tools_are_pinned() -> None:
    """What builds the wheel is locked, each by its hashes, without an address."""
    lock = (_TOP / "contrib/container/tools.lock").read_text()
    wanted = (_TOP / "contrib/container/tools.in").read_text().splitlines()
    pinned = re.findall(r"^([a-z-]+)==\S+ \\\n    --hash=sha256:", lock, flags=re.MULTILINE)
    assert {line for line in wanted if not line.startswith("#")} <= set(pinned)
    assert len(pinned) == len(re.findall(r"^[a-z]", lock, flags=re.MULTILINE))
    assert "://" not in lock
