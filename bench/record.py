"""The figures of a machine, and where and when each was taken, as JSON."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from bench.machine import machine, versions

if TYPE_CHECKING:
    from pathlib import Path


class OtherMachineError(Exception):
    """These figures were taken elsewhere, or with other versions: begin a new file."""


@dataclass(frozen=True, slots=True)
class Run:
    """When a figure began to be measured, and what else the machine had to do then."""

    at: str
    load: float
    began: float

    @classmethod
    def begun(cls) -> Self:
        """Now."""
        return cls(
            datetime.now(UTC).isoformat(timespec="seconds"),
            round(os.getloadavg()[0], 2),
            time.monotonic(),
        )

    def ended(self, *, about: str, found: dict[str, object]) -> dict[str, object]:
        """Return what was found, together with what is to be known about it."""
        return {
            "about": about.partition("\n")[0],
            "at": self.at,
            "load_at_start": self.load,
            "took_seconds": round(time.monotonic() - self.began),
            "target": found.pop("target", {}),
            "found": found,
        }


class Record:
    """Figures by name. With a file, they are added to those in it, one by one as they come."""

    def __init__(self, content: dict[str, Any], file: Path | None) -> None:
        self._content = content
        self._file = file

    @classmethod
    def of_this_machine(cls, file: Path | None) -> Self:
        """Begin, or go on with what a file has; raises OtherMachineError if that is not ours."""
        here = {"machine": machine(), "versions": versions()}
        content = {**here, "figures": {}}
        if file is not None and file.exists():
            content = json.loads(file.read_text(encoding="utf-8"))
            if {name: content[name] for name in here} != here:
                raise OtherMachineError(f"{file}: {OtherMachineError.__doc__}")
        return cls(content, file)

    def add(self, name: str, figure: dict[str, object]) -> None:
        """Add a figure, in place of an older one of that name."""
        self._content["figures"][name] = figure
        if self._file is not None:
            self._file.write_text(f"{self.text()}\n", encoding="utf-8")

    def text(self) -> str:
        """Return everything as JSON."""
        return json.dumps(self._content, indent=2)
