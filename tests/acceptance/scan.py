"""One run of the installed command's `scan --output json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Scan:
    """What it printed, and its exit code."""

    exit_code: int
    printed: Mapping[str, Any]
    errors: str

    @classmethod
    def read(cls, exit_code: int, output: str, errors: str) -> Scan:
        """Take the output apart; what is not JSON was an error."""
        assert "Traceback" not in errors, errors
        return cls(exit_code, json.loads(output) if output.strip() else {}, errors)

    @property
    def complete(self) -> bool:
        """Whether everybody who could hold a task had spoken."""
        return bool(self.printed["complete"])

    def timelines(self) -> dict[int, str]:
        """The verdict of every processing timeline."""
        return {found["timeline_id"]: found["verdict"] for found in self.printed["timelines"]}

    def analyses(self) -> dict[int, str]:
        """The verdict of every unfinished analysis."""
        return {found["analysis_id"]: found["verdict"] for found in self.printed["analyses"]}

    def timeline(self, timeline: int) -> Mapping[str, Any]:
        """Everything that was printed of one timeline."""
        found: list[Mapping[str, Any]]
        found = [one for one in self.printed["timelines"] if one["timeline_id"] == timeline]
        assert found, f"timeline {timeline} was not printed"
        return found[0]

    def workers(self) -> dict[str, str]:
        """The state of every worker."""
        return {found["worker"]: found["state"] for found in self.printed["workers"]}
