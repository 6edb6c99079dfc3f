"""What a run really published, scrape by scrape, and the input that promtool makes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Values = tuple[float | None, ...]
"""A series' value in every scrape; None where the scrape did not have it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Scrapes `interval` seconds apart. Times are seconds since the first of them.

    `events` tells what was done to the workers, and when. Timestamps among the values are seconds
    since the first scrape as well, because promtool's clock begins at 0.
    """

    interval: int
    events: tuple[tuple[float, str], ...]
    series: Mapping[str, Values]

    def at(self, event: str) -> float:
        """When something happened."""
        return next(at for at, name in self.events if name == event)

    @property
    def end(self) -> int:
        """When the last scrape was made."""
        return self.interval * (max(map(len, self.series.values())) - 1)

    def input_series(self) -> list[dict[str, str]]:
        """The series as a test file for promtool has them."""
        return [{"series": name, "values": notation(v)} for name, v in self.series.items()]

    def write(self, file: Path) -> None:
        """Write it as JSON, a line a series, runs of equal values told once."""
        series = ",\n".join(
            f"{json.dumps(name)}: {json.dumps(_runs(values), separators=(',', ':'))}"
            for name, values in sorted(self.series.items())
        )
        head = f'"interval": {self.interval}, "events": {json.dumps(self.events)}'
        file.write_text(f'{{{head},\n"series": {{\n{series}\n}}}}\n', encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Recording:
        """Read what `write` wrote."""
        found = json.loads(file.read_text(encoding="utf-8"))
        return cls(
            interval=found["interval"],
            events=tuple((at, name) for at, name in found["events"]),
            series={
                name: tuple(value for value, count in runs for _ in range(count))
                for name, runs in found["series"].items()
            },
        )


def notation(values: Sequence[float | None]) -> str:
    """Values in promtool's notation.

    Prometheus marks a series as stale in the first scrape that no longer has it, and stores
    nothing of it afterwards.
    """
    words: list[str] = []
    before: float | None = None
    for value, count in _runs(values):
        if value is not None:
            words.append(f"{value:g}x{count - 1}" if count > 1 else f"{value:g}")
        else:
            missing = count
            if before is not None:
                words.append("stale")
                missing -= 1
            words += [f"_x{missing}"] * bool(missing)
        before = value
    return " ".join(words)


def _runs(values: Sequence[float | None]) -> list[tuple[float | None, int]]:
    return [(value, len(list(equal))) for value, equal in groupby(values)]
