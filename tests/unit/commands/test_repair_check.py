"""What repairs need is a failure only where the mode needs it."""

from __future__ import annotations

import pytest

from exporter.commands.repair_check import as_serious_as
from exporter.repair.guards import Mode
from exporter.snapshot import Finding


@pytest.mark.parametrize(
    ("name", "mode", "level"),
    [
        ("journal", Mode.OFF, "warning"),
        ("journal", Mode.DRY_RUN, "failure"),
        ("repair rights", Mode.DRY_RUN, "warning"),
        ("repair database", Mode.DRY_RUN, "warning"),
        ("repair connection", Mode.DRY_RUN, "failure"),
        ("repair rights", Mode.ENFORCE, "failure"),
    ],
)
def test_a_failure_counts_where_it_is_in_the_way(name: str, mode: Mode, level: str) -> None:
    """A dry run needs no right to write, and the mode off needs nothing at all."""
    assert as_serious_as(Finding(name, "failure", "x"), mode) == Finding(name, level, "x")


def test_what_is_well_stays_so() -> None:
    """Findings that are no failures are left as they are."""
    assert as_serious_as(Finding("journal", "ok", "x"), Mode.OFF).level == "ok"
