"""The last act of the story: an orphan is repaired, taken back, and then repaired for good."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from exporter.demo.cast import BEHIND, DOOMED, LOST
from exporter.demo.record import quoted, table
from exporter.errors import DemoStoryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.demo.audience import Audience
    from exporter.demo.record import Record
    from exporter.demo.screen import Screen
    from exporter.demo.stage import Stage

_REPAIR_ID = re.compile(r"repair ([0-9a-f]{8})\)")
_ENFORCE = "--repair.mode=enforce"
# What was taken back a moment ago is normally left alone for 15 minutes.
_AT_ONCE = "--repair.cool-down=1s"


class LastAct:
    """Its scenes in order; each raises DemoStoryError where it comes out otherwise."""

    def __init__(self, stage: Stage, screen: Screen, audience: Audience) -> None:
        self._stage = stage
        self._screen = screen
        self._audience = audience
        self._records: dict[str, Record] = {}
        self._repair_id = ""

    def dry_run(self) -> None:
        """Show what a repair would do, and that nothing is written."""
        doomed = str(self._stage.timeline_id(DOOMED))
        self._screen.scene(
            f"What can be done? timesketch-exporter repair {doomed} --dry-run shows it and writes "
            "nothing."
        )
        before = self._record()
        self._screen.quote(self._audience.command("repair", doomed, "--dry-run"))
        self._audience.expect({DOOMED: "orphaned"})
        if self._record() != before:
            msg = f"a dry run changed the rows of {DOOMED.name}"
            raise DemoStoryError(msg)
        self._records["before"] = before

    def repair(self) -> None:
        """Repair it, and show what its analyst now reads."""
        doomed = str(self._stage.timeline_id(DOOMED))
        self._screen.scene(
            f"timesketch-exporter repair {doomed} --yes {_ENFORCE} does it: the timeline says fail "
            "instead of processing, and its data source says why."
        )
        self._audience.command("repair", doomed, "--yes", _ENFORCE)
        self._audience.expect({DOOMED: "fail"})
        repaired = self._record()
        found = _REPAIR_ID.search(repaired.message)
        if (repaired.timeline.status, repaired.data_source.status) != ("fail", "fail") or not found:
            msg = f"{DOOMED.name} was repaired otherwise: {repaired}"
            raise DemoStoryError(msg)
        self._repair_id = found[1]
        self._records["repaired"] = repaired
        self._screen.quote(
            f"{table(self._records)}\n\n"
            f"What its analyst reads in Timesketch:\n{quoted(repaired.message)}"
        )

    def undo(self) -> None:
        """Take the repair back, and show that the rows are what they were."""
        self._screen.scene(
            f"timesketch-exporter undo {self._repair_id} --yes takes it back. The rows say what "
            "they said, with their dates, and the timeline is orphaned again."
        )
        self._audience.command("undo", self._repair_id, "--yes")
        self._audience.expect({DOOMED: "orphaned"})
        undone = self._record()
        if undone.but_for_ids() != self._records["before"].but_for_ids():
            msg = f"the undo left {undone}, before the repair it was {self._records['before']}"
            raise DemoStoryError(msg)
        self._records["undone"] = undone
        self._screen.quote(table(self._records))

    def repair_for_good(self) -> None:
        """Repair every orphan; what is merely parked is left alone."""
        self._screen.scene(
            f"For good now: timesketch-exporter repair --all --yes {_ENFORCE} {_AT_ONCE}. Both "
            "orphans fail. The parked ones stay: Redis will hand them out again."
        )
        self._audience.command("repair", "--all", "--yes", _ENFORCE, _AT_ONCE)
        self._audience.expect({DOOMED: "fail", LOST: "fail", **dict.fromkeys(BEHIND, "parked")})
        self._records["for good"] = self._record()
        self._screen.quote(table(self._records))

    def journal(self) -> None:
        """Show what the journal tells of it all."""
        self._screen.scene("The journal (timesketch-exporter journal) has all of it.")
        printed = self._audience.command("journal", "--output=json")
        entries = [json.loads(line) for line in printed.splitlines()]
        doomed, lost = map(self._stage.timeline_id, (DOOMED, LOST))
        told = [
            (doomed, "dry-run", None),
            (doomed, "applied", None),
            (doomed, "applied", self._repair_id),
            (doomed, "applied", None),
            (lost, "applied", None),
        ]
        found = [(each["target_id"], each["outcome"], each["undoes"]) for each in entries]
        if found != told:
            msg = f"the journal tells {found} instead of {told}"
            raise DemoStoryError(msg)
        self._screen.quote("\n".join(map(_journalled, entries)))

    def _record(self) -> Record:
        return self._stage.rows.record(self._stage.timeline_id(DOOMED))


def _journalled(entry: Mapping[str, Any]) -> str:
    """A line of the journal in words; `entry` is an object of `journal --output=json`."""
    line: str = f"{entry['begun_at']}  {entry['repair_id']}  timeline {entry['target_id']:<4}"
    line += f"{entry['outcome']}"
    if entry["undoes"]:
        line += f", takes back {entry['undoes']}"
    if entry["undone_by"]:
        line += f", taken back by {entry['undone_by']}"
    return line
