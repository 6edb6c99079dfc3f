"""The catalogue keeps the rules of the field and out of Timesketch's way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exporter.metrics.catalogue import CATALOGUE, SERIES_DROPPED
from exporter.metrics.document import document

if TYPE_CHECKING:
    from exporter.metrics.declaration import Declaration

ROOT = Path(__file__).parents[3]

# Names that Timesketch 20261014 itself exports (timesketch/lib/tasks.py, api/v1/resources,
# lib/analyzers/interface.py, lib/llms).
TIMESKETCH_OWN = """
search_requests search_filter_type search_filter_label search_get_event searchhistory
timesketch_analyzer_run llm_requests llm_errors llm_duration_seconds worker_csv_jsonl_runs
worker_mapping_increase worker_mapping_increase_limit_exceeded worker_files_parsed
worker_events_added worker_import_errors worker_run_time_seconds worker_index_not_ready_errors
""".split()  # noqa: SIM905 - a list of names reads better as text

TARGET_LABELS = {"instance", "job", "cluster", "env", "service"}

each_metric = pytest.mark.parametrize("declaration", CATALOGUE, ids=lambda item: item.name)


def _bare(name: str) -> str:
    bare = re.sub(r"^(timesketch_)+", "", name)
    return re.sub(r"_(total|created|bucket|sum|count|info)$", "", bare)


def test_names_are_unique() -> None:
    """No metric is declared twice."""
    names = [declaration.name for declaration in CATALOGUE]
    assert len(names) == len(set(names))


@each_metric
def test_names_are_none_of_timesketch(declaration: Declaration) -> None:
    """No name is one that Timesketch exports, with or without prefix and suffix."""
    assert _bare(declaration.name) not in {_bare(name) for name in TIMESKETCH_OWN}


@each_metric
def test_names_follow_the_rules(declaration: Declaration) -> None:
    """Names have our prefix, a unit as suffix, and _total for counters alone."""
    assert re.fullmatch(r"timesketch_[a-z_]+", declaration.name)
    assert declaration.name.endswith("_total") == (declaration.kind == "counter")
    assert declaration.name.endswith("_seconds") == (declaration.unit == "seconds")


@each_metric
def test_labels_are_not_the_targets(declaration: Declaration) -> None:
    """No label is one that a scrape target owns, and fixed values belong to labels."""
    assert not TARGET_LABELS & set(declaration.labels)
    assert set(declaration.values) <= set(declaration.labels)


@each_metric
def test_help_is_a_sentence(declaration: Declaration) -> None:
    """Every metric says what it is in a sentence."""
    assert re.fullmatch(r"[A-Z0-9].*[.)]", declaration.help)


def test_dropped_series_name_metrics_that_exist() -> None:
    """The metrics whose dropped series are counted are in the catalogue."""
    names = {declaration.name for declaration in CATALOGUE}
    assert set(SERIES_DROPPED.values["metric"]) <= names


def test_document_is_generated() -> None:
    """docs/metrics.md is what the catalogue says (`make docs` writes it anew)."""
    assert (ROOT / "docs" / "metrics.md").read_text() == document()
