"""What `check` tells of the journal."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from exporter.repair.journal import Journal, open_journal
from exporter.repair.journal.tables import VERSION
from tests.integration.repair.journal.samples import ORIGIN, WINDOW, execute, granting, repair

if TYPE_CHECKING:
    import pytest


def opened(url: str) -> Journal:
    """Open the journal."""
    return open_journal(url, instance="i", version="1")


def test_check(url: str) -> None:
    """Check tells place, version and entries, and leaves no trace."""
    journal = opened(url)
    journal.claim(repair(), ORIGIN, granting, orphan_window=WINDOW)

    findings = list(journal.check())

    assert [finding.level for finding in findings] == ["ok", "ok"]
    told = f"version {VERSION}: 1 entries, 1 of them without an outcome yet"
    assert findings[0].text.endswith(told)
    assert str(make_url(url).password) not in findings[0].text
    assert execute(url, "SELECT * FROM control") == []


def test_check_of_a_full_disk(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check warns before no room is left."""
    monkeypatch.setattr("exporter.repair.journal.check._LEAST_FREE", 2**80)

    *_, finding = opened(file_url).check()

    assert finding.level == "warning"
    assert "KiB are free in" in finding.text


def test_check_of_an_open_file(file_url: str) -> None:
    """Check warns of a file that others may read."""
    journal = opened(file_url)
    Path(file_url.removeprefix("sqlite:///")).chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP)

    assert [(finding.level, finding.text[:33]) for finding in journal.check()][2:] == [
        ("warning", "other users may open it (mode 640")
    ]
