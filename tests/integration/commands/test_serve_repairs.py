"""`serve` tells Prometheus how repairs stand, whoever makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.commands.repairing import Installation
from tests.integration.commands.serving import serve

if TYPE_CHECKING:
    from pathlib import Path

APPLIED = "timesketch_exporter_repairs_total"


@pytest.fixture
def installation(database_url: str, broker_url: str, tmp_path: Path) -> Installation:
    """An installation with one orphan and without workers."""
    made = Installation.make(database_url, broker_url, tmp_path)
    made.orphan()
    return made


def test_repairs_of_the_command_line_are_counted(
    installation: Installation, tmp_path: Path
) -> None:
    """What the journal says shows in the metrics: counts from 0 on, pause, budget and mode."""
    serving = serve(tmp_path, {**installation.settings, "repair.mode": "enforce"})
    with serving.process:
        serving.wait_for(lambda: serving.value("timesketch_exporter_journal_up") == 1)
        labels = {"target": "timeline", "outcome": "applied"}
        assert serving.value(APPLIED, **labels) == 0
        assert serving.value("timesketch_exporter_repair_refusals_total", guard="brake") == 0
        assert serving.value("timesketch_exporter_repair_mode", mode="enforce") == 1
        assert serving.value("timesketch_exporter_repair_budget_remaining") == 20

        repaired = installation.run("repair", "1", "--yes", repair__mode="enforce")
        assert repaired.returncode == 0, repaired.stderr
        assert installation.run("pause", "enough").returncode == 0
        serving.wait_for(lambda: serving.value(APPLIED, **labels) == 1)
        serving.wait_for(lambda: serving.value("timesketch_exporter_repair_paused") == 1)
        assert serving.value("timesketch_exporter_repair_budget_remaining") == 19
        assert serving.value("timesketch_exporter_repair_brake_engaged") == 0


def test_serves_without_a_journal(installation: Installation, tmp_path: Path) -> None:
    """A journal that cannot be used is logged once and told by a metric; scans go on."""
    place = tmp_path / "later"
    place.write_text("a file where a directory should be")
    serving = serve(
        tmp_path,
        {**installation.settings, "journal.url": f"sqlite:///{place}/journal.db"},
    )
    with serving.process:
        serving.wait_for(lambda: serving.value("timesketch_orphaned_timelines") == 1)
        assert serving.value("timesketch_exporter_journal_up") == 0
        assert serving.value(APPLIED, target="timeline", outcome="applied") is None
        assert serving.value("timesketch_exporter_repair_mode", mode="dry-run") == 1
        assert serving.log().count("journal unusable") == 1
        place.unlink()
        serving.wait_for(lambda: serving.value("timesketch_exporter_journal_up") == 1)
        assert serving.log().count("journal unusable") == 1
        assert "journal usable again" in serving.log()
        assert "Traceback" not in serving.log()
