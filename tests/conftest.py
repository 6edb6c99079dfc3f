"""What holds for all tests."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

_CACHE = Path(__file__).parents[1] / ".cache" / "hypothesis"

# No test fails because the machine is busy.
settings.register_profile(
    "exporter",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    database=DirectoryBasedExampleDatabase(_CACHE),
)
settings.load_profile("exporter")
