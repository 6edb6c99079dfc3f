"""docker-compose.yml as docker compose reads it: with .env put in, and services by profile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

TOP = Path(__file__).parents[2]
PROFILES = ("timesketch", "demo")

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+):-(?P<default>[^}]*)\}")


@dataclass(frozen=True, slots=True)
class Mount:
    """A file, a directory or a named volume at a path in a container.

    `source` begins with a dot or a slash unless it is the name of a volume.
    """

    source: str
    target: str
    read_only: bool

    @property
    def named(self) -> bool:
        """Whether it is a named volume."""
        return not self.source.startswith((".", "/"))


@dataclass(frozen=True, slots=True)
class Service:
    """A service; `definition` is what stands below its name."""

    name: str
    # What YAML holds has no better type.
    definition: Mapping[str, Any]
    secret_files: Mapping[str, str]

    def words(self, key: str) -> list[str]:
        """A command line, or another list of words."""
        return [str(word) for word in self.definition.get(key, [])]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that are set."""
        return {name: str(value) for name, value in self.definition.get("environment", {}).items()}

    @property
    def health_command(self) -> list[str]:
        """What tells whether it is healthy, and must be a command without a shell."""
        cmd, *words = self.definition["healthcheck"]["test"]
        assert cmd == "CMD"
        return [str(word) for word in words]

    @property
    def mounts(self) -> list[Mount]:
        """Its volumes and secrets."""
        return [
            *map(_volume, self.definition.get("volumes", [])),
            *map(self._secret, self.definition.get("secrets", [])),
        ]

    def names(self, network: str) -> list[str]:
        """Under which others find it in a network."""
        networks = self.definition["networks"]
        options = networks[network] if isinstance(networks, dict) else None
        return [self.name, *(options or {}).get("aliases", [])]

    def _secret(self, secret: str | dict[str, str]) -> Mount:
        if isinstance(secret, str):
            return Mount(self.secret_files[secret], f"/run/secrets/{secret}", read_only=True)
        return Mount(self.secret_files[secret["source"]], secret["target"], read_only=True)


def dot_env() -> dict[str, str]:
    """The variables of .env."""
    lines = (TOP / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def document(variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The whole file; a variable that is not given, or empty, has its default."""
    given = variables or {}

    def value(found: re.Match[str]) -> str:
        return given.get(found["name"]) or found["default"]

    # What YAML holds has no better type. Values are put in after it was read, hence as texts.
    def fill(read: Any) -> Any:  # noqa: ANN401
        match read:
            case dict():
                return {name: fill(part) for name, part in read.items()}
            case list():
                return [fill(part) for part in read]
            case str():
                return _VARIABLE.sub(value, read)
        return read

    whole: dict[str, Any] = fill(yaml.safe_load((TOP / "docker-compose.yml").read_text()))
    return whole


def services(profile: str, variables: Mapping[str, str] | None = None) -> dict[str, Service]:
    """The services that a profile starts, by name."""
    whole = document(variables)
    secret_files = {name: secret["file"] for name, secret in whole["secrets"].items()}
    return {
        name: Service(name, definition, secret_files)
        for name, definition in whole["services"].items()
        if profile in definition["profiles"]
    }


def _volume(volume: str | dict[str, Any]) -> Mount:
    if isinstance(volume, str):
        source, target, *mode = volume.split(":")
        return Mount(source, target, read_only=mode == ["ro"])
    return Mount(volume["source"], volume["target"], read_only=volume["read_only"])
