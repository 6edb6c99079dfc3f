"""The contract with Timesketch's database: every column that our SQL names is in its models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from exporter.observe.schema import COLUMNS as OBSERVED
from exporter.repair.schema import COLUMNS as REPAIRED
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.timesketch.forge import Forge


@pytest.fixture(scope="module")
def models(forge: Forge, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the tables and columns of Timesketch's own models."""
    path: Path = tmp_path_factory.mktemp("columns") / "columns.json"
    process = forge.script("columns.py", [str(path)], name="columns", env={})
    until(path.exists, f"Timesketch's models are read (see {process.log})", timeout=60)
    found: dict[str, list[str]] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize("table", sorted({*OBSERVED, *REPAIRED}))
def test_columns(table: str, models: dict[str, list[str]]) -> None:
    """Each table and column that a scan reads or a repair touches is in Timesketch's models."""
    named = OBSERVED.get(table, frozenset()) | REPAIRED.get(table, frozenset())

    assert table in models
    assert sorted(named - set(models[table])) == []
