"""How moments are written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from exporter.repair.moments import moment
from tests.unit.repair.build import AT

if TYPE_CHECKING:
    import pytest


def test_moments_are_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever zone the host is in, a moment is told in UTC, and says so."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        written = moment(AT)
    time.tzset()
    assert written == "2025-11-23 09:00:00 UTC"
