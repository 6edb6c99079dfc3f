"""The demonstration's small Timesketch."""

from __future__ import annotations

import pytest

from exporter.demo import tables
from exporter.repair.schema import COLUMNS


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_repairs_find_what_they_need(table: str) -> None:
    """Every table and column that a repair reads or writes is there."""
    assert COLUMNS[table] <= set(tables.METADATA.tables[table].columns.keys())
