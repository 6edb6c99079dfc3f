"""A replica that claims as fast as it can: `claiming.py URL NAME BUDGET`, from the first line on.

It claims until it is refused three times in a row, and prints how often it was granted.
"""

from __future__ import annotations

import sys

from exporter.repair.journal import open_journal
from exporter.repair.records import Outcome
from tests.integration.repair.journal.samples import ORIGIN, WINDOW, repair, within

_REFUSALS = 3


def main(url: str, name: str, budget: int) -> None:
    """Claim, and apply what is granted."""
    journal = open_journal(url, instance=name, version="1")
    print("ready", flush=True)  # noqa: T201  told to the test
    sys.stdin.readline()
    granted = refused = number = 0
    while refused < _REFUSALS:
        number += 1
        entry = journal.claim(
            repair(f"{name}-{number}"), ORIGIN, within(budget), orphan_window=WINDOW
        )
        if entry.outcome is None:
            granted += 1
            refused = 0
            journal.finish(entry.repair.repair_id, Outcome.APPLIED)
        else:
            refused += 1
    print(granted, flush=True)  # noqa: T201  likewise


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
