"""How far an import has come, in words."""

from __future__ import annotations

import pytest

from exporter.snapshot import Progress
from exporter.web.views.progress import progress_text


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (None, None),
        (Progress(0), "0 events"),
        (Progress(1), "1 event"),
        (Progress(1_200, 5_000), "1,200 of 5,000 events (24 %)"),
        (
            Progress(1_200, 5_000, 40.0),
            "1,200 of 5,000 events (24 %), 40 a second, about 1 min left",
        ),
        (Progress(1_200, None, 0.25), "1,200 events, 0.25 a second"),
        (Progress(1_200, 5_000, 0.0), "1,200 of 5,000 events (24 %), none new lately"),
        (Progress(5_200, 5_000, 40.0), "5,200 of 5,000 events (100 %), 40 a second"),
    ],
)
def test_says_how_far_and_how_fast(progress: Progress | None, text: str | None) -> None:
    """Events, their share, events a second and what remains: each only where it is known."""
    assert progress_text(progress) == text
