"""A unit of systemd, read as far as these tests need it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
SYSTEMD = REPOSITORY / "deploy" / "systemd"
UNIT = SYSTEMD / "timesketch-exporter.service"
WEBHOOK = SYSTEMD / "webhook.conf"

PROGRAM = "/opt/timesketch-exporter/bin/timesketch-exporter"
"""Where the unit has the command."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The settings of a unit, in their order; one may be given several times."""

    settings: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, *files: Path) -> Unit:
        """Read a unit and its drop-ins, whose lines come after its own."""
        lines = [line.strip() for file in files for line in file.read_text().splitlines()]
        pairs = [line.partition("=") for line in lines if "=" in line and line[0] not in "#;"]
        return cls(tuple((name, value) for name, _, value in pairs))

    def all(self, name: str) -> list[str]:
        """Each value of a setting."""
        return [value for given, value in self.settings if given == name]

    def one(self, name: str) -> str:
        """The value of a setting that is given once."""
        (value,) = self.all(name)
        return value

    def command(self, *, program: Path, credentials: Path) -> list[str]:
        """The command line of ExecStart, with the program and the credentials somewhere else."""
        words = shlex.split(self.one("ExecStart").replace("%d", str(credentials)))
        assert words[0] == PROGRAM
        return [str(program), *words[1:]]

    def environment(self, *, credentials: Path, state: Path) -> dict[str, str]:
        """The variables that systemd hands to the process besides a search path."""
        pairs = [value.replace("%d", str(credentials)) for value in self.all("Environment")]
        given = dict(pair.split("=", 1) for pair in pairs)
        return {**given, "STATE_DIRECTORY": str(state), "CREDENTIALS_DIRECTORY": str(credentials)}
