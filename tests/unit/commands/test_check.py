"""`check` prints a line for each finding, readable without colours."""

from __future__ import annotations

from exporter.commands.check import findings, line
from exporter.settings import Settings
from exporter.settings.groups import Broker, Database
from exporter.snapshot import Finding


def test_lines_differ_without_colour() -> None:
    """Each level has a mark of its own, and what is not in order also its word."""
    assert line(Finding("broker", "ok", "answers")).plain == "✓ broker                 answers"
    assert line(Finding("broker", "warning", "old")).plain.startswith("! broker")
    assert line(Finding("broker", "warning", "old")).plain.endswith("warning: old")
    assert line(Finding("broker", "failure", "away")).plain.endswith("failure: away")


def test_one_wrong_address_does_not_hide_the_rest() -> None:
    """Each part that fails is its own failure, and passwords stay secret."""
    settings = Settings(
        database=Database.model_validate({"url": "oracle://u:secret@127.0.0.1/x"}),
        broker=Broker.model_validate({"url": "carrier-pigeon://:secret@127.0.0.1:1/0"}),
    )
    found = list(findings(settings))
    failed = {finding.name for finding in found if finding.level == "failure"}
    assert failed == {
        "database",
        "broker",
        "workers",
        "journal",
        "repair reading",
        "repair connection",
    }
    assert not any("secret" in finding.text for finding in found)
