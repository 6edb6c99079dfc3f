"""The environment that the exporter runs in: what requirements.lock pins, and the wheel."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from typing import TYPE_CHECKING

from release.tool import TOP, run

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Runtime:
    """A virtual environment, as an operator's or an image's."""

    directory: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.directory / "bin" / "python"

    def install(self, wheel: Path) -> None:
        """Make it, with the pinned packages and the wheel; raises ToolError."""
        install = ("uv", "pip", "install", "--quiet", "--python", self.python)
        run("uv", "venv", "--quiet", "--python", "python", self.directory)
        run(*install, "--require-hashes", "--requirements", TOP / "requirements.lock")
        run(*install, "--no-deps", wheel.absolute())

    def third_party(self) -> list[Distribution]:
        """What others made of it, by name."""
        (packages,) = self.directory.glob("lib/python*/site-packages")
        found = distributions(path=[str(packages)])
        others = [each for each in found if each.name != "timesketch-exporter"]
        return sorted(others, key=lambda each: each.name.lower())
