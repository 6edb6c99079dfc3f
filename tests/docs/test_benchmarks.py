"""The page of figures is made of the figures that are committed, and those are all there are."""

from __future__ import annotations

import json

from bench.__main__ import FIGURES
from bench.document import page
from bench.sizing import DOCUMENT, sized
from tests.docs.pages import DOCS, ROOT

_RECORD = json.loads((ROOT / "bench" / "results.json").read_text(encoding="utf-8"))


def test_the_page_is_made_of_the_figures() -> None:
    """Else: make docs."""
    assert (DOCS / "benchmarks.md").read_text(encoding="utf-8") == f"{page(_RECORD)}\n"


def test_what_sizing_has_of_them() -> None:
    """Else: make docs."""
    sizing = DOCUMENT.read_text(encoding="utf-8")
    assert sized(sizing, _RECORD) == sizing


def test_every_figure_was_taken() -> None:
    """Else: make bench, with BENCH_ARGS for those that are missing."""
    assert sorted(_RECORD["figures"]) == sorted(FIGURES)
