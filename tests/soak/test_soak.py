"""Less than a minute of what `make soak` does for half an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.soak.judging import courses
from tests.soak.sampling import LIMITS
from tests.soak.soak import Pace, soak

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 45.0
_STRICT = ("descriptors", "threads", "redis_connections", "postgres_connections")
"""Series and memory take minutes to be as many as they are going to be."""


def test_nothing_is_left_open(tmp_path: Path) -> None:
    """Workers, uploads, pages and a cut of the broker leave neither files nor connections open."""
    pace = Pace(sample=1.0, page=1.0, notification=5.0, cut=12.0)
    happened = soak(tmp_path, _SECONDS, pace)
    assert happened.cuts
    assert happened.workers
    assert not happened.failed_scrapes
    found = courses(happened.samples, LIMITS)
    assert [course for course in found if course.grew and course.figure in _STRICT] == []
