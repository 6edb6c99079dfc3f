"""Since when entries are wanted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from exporter.arguments import parse
from exporter.commands.journal import moment_of


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("24h", 1_000_000 - 86_400.0),
        ("1970-01-02T00:00:00Z", 86_400.0),
        ("1970-01-02T02:00:00+02:00", 86_400.0),
        ("1970-01-02", 86_400.0),
    ],
)
def test_since_is_a_duration_or_a_moment(given: str, moment: float) -> None:
    """A duration counts back from now; a moment without a zone is one in UTC."""
    options = parse(["journal", "--since", given]).options
    assert moment_of(options.since, 1_000_000.0) == moment


def test_everything_is_wanted_by_default() -> None:
    """Without --since the whole journal is told."""
    assert moment_of(None, 1.0) is None
    assert moment_of(datetime.fromtimestamp(5, UTC), 1.0) == 5.0


def test_a_moment_that_is_none_is_told() -> None:
    """What is neither is refused with an example of both."""
    (problem,) = parse(["journal", "--since", "yesterday"]).problems
    assert "'yesterday' is neither a duration such as 24h nor a moment such as 2026-" in problem
