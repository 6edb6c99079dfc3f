"""The budget of repairs an hour."""

from __future__ import annotations

import pytest

from exporter.repair.budget import free_at, remaining
from tests.unit.repair.build import AT


@pytest.mark.parametrize(
    ("ago", "left"),
    [
        pytest.param((), 2, id="nothing was repaired"),
        pytest.param((3599.0,), 1, id="within the hour"),
        pytest.param((3600.0,), 2, id="an hour ago"),
        pytest.param((10.0, 20.0), 0, id="spent"),
        pytest.param((10.0, 20.0, 30.0), 0, id="overspent, the setting was lowered"),
        pytest.param((-9000.0, 10.0), 0, id="of the future, the clock was put back"),
    ],
)
def test_what_remains(ago: tuple[float, ...], left: int) -> None:
    """Repairs of the last hour count, and so do those of a clock that was ahead."""
    assert remaining([AT - each for each in ago], AT, 2) == left


def test_when_the_next_is_free() -> None:
    """It is free as soon as so many are an hour old that fewer than the budget remain."""
    spent = [AT - 10.0, AT - 30.0, AT - 20.0, AT - 3600.0]
    assert free_at(spent, AT, 3) == AT - 30.0 + 3600.0
    assert free_at(spent, AT, 1) == AT - 10.0 + 3600.0


@pytest.mark.parametrize("granted", [(), (AT,)])
def test_no_budget_is_never_free(granted: tuple[float, ...]) -> None:
    """Where nothing is allowed no moment is promised."""
    assert free_at(granted, AT, 0) is None
