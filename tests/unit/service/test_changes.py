"""The log tells each change once."""

from __future__ import annotations

import logging

import pytest

from exporter.service.changes import log_changes
from exporter.snapshot import Source, Verdict
from tests.judgements import judgement, timeline

FINE = judgement()
DOWN = judgement(down=(Source.BROKER,), incomplete_because=("the broker does not answer",))
LOST = judgement(timeline(7, Verdict.ORPHANED))


@pytest.fixture(autouse=True)
def every_level(caplog: pytest.LogCaptureFixture) -> None:
    """Capture information as well as warnings."""
    caplog.set_level(logging.INFO)


def test_first_scan_without_trouble_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is logged when the first scan finds everything in order."""
    log_changes(None, FINE)
    assert caplog.messages == []


def test_source_that_goes_and_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    """A source that goes away is one warning, its return one line, and in between is silence."""
    log_changes(FINE, DOWN)
    log_changes(DOWN, DOWN)
    log_changes(DOWN, FINE)
    assert caplog.messages == [
        "source down",
        "evidence incomplete",
        "source up again",
        "evidence complete again",
    ]


def test_orphan_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """An orphan is logged when it is found and when it is none any more."""
    log_changes(FINE, LOST)
    log_changes(LOST, LOST)
    log_changes(LOST, FINE)
    assert caplog.messages == ["timeline orphaned", "timeline no longer orphaned"]
    assert vars(caplog.records[0])["timeline_id"] == 7
