"""Clocks that jump while their process runs, by Debian's libfaketime."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SKEWED = Path(__file__).with_name("skewed")


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock of one process; the monotonic one stays the machine's."""

    file: Path

    @classmethod
    def make(cls, file: Path) -> Clock:
        """A clock that is right until it jumps."""
        clock = cls(file)
        clock.jump(0)
        return clock

    def jump(self, seconds: float) -> None:
        """Let it be ahead by so many seconds from now on."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+.0f}\n", encoding="ascii")
        new.rename(self.file)

    def environment(self) -> dict[str, str]:
        """The environment of the process whose clock this is; ValueError without libfaketime."""
        (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": f"{ROOT}:{_SKEWED}",
        }
