"""Each figure of `make bench` in its short form, which shows that it runs through."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bench.__main__ import FIGURES, main
from bench.document import page

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", FIGURES)
def test_figure(name: str, tmp_path: Path) -> None:
    """It is taken, has a figure for each of its targets, and can be told on the page."""
    file = tmp_path / "figures.json"
    main([name, "--quick", "--into", str(file)])
    told = page(json.loads(file.read_text()))
    assert f"## {name}\n\n{(FIGURES[name].__doc__ or '').partition(chr(10))[0]}\n" in told
