"""requirements.lock, and what pyproject.toml asks for."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

TOP = Path(__file__).parents[2]
LOCK = TOP / "requirements.lock"

EXTRAS = ("mariadb",)
"""What is locked besides the exporter's own requirements: not the demonstration's servers."""


def wanted() -> list[Requirement]:
    """What the exporter and the locked extras need, as pyproject.toml says it."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    needed = list(project["dependencies"])
    for extra in EXTRAS:
        needed += project["optional-dependencies"][extra]
    return [Requirement(each) for each in needed]


def locked() -> dict[str, tuple[Requirement, list[str]]]:
    """By name, what is locked and the hashes that it may have."""
    entries = LOCK.read_text().replace("\\\n", " ").splitlines()
    pinned = {}
    for entry in entries:
        if entry and not entry.lstrip().startswith("#"):
            requirement, *hashes = entry.split(" --hash=")
            parsed = Requirement(requirement)
            pinned[parsed.name] = (parsed, [each.strip() for each in hashes])
    return pinned
