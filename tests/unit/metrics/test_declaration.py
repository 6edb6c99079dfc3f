"""Metrics are declared once, and values under other labels are refused."""

from __future__ import annotations

import pytest

from exporter.metrics.declaration import Declaration, WrongLabelsError, label_text

DECLARATION = Declaration(
    name="timesketch_things",
    kind="gauge",
    labels=("worker", "state"),
    values={"state": ("up", "dead")},
    help="Things.",
)


@pytest.mark.parametrize(
    "labels",
    [{}, {"worker": "w"}, {"worker": "w", "state": "up", "more": "x"}, {"w": "w", "state": "up"}],
)
def test_refuses_other_labels(labels: dict[str, str]) -> None:
    """Too few, too many or other labels are an error that names the metric's own."""
    with pytest.raises(WrongLabelsError, match="timesketch_things has the labels worker, state"):
        DECLARATION.family().add(1, **labels)


def test_refuses_undeclared_values() -> None:
    """A value that is not among a label's fixed ones is an error."""
    with pytest.raises(WrongLabelsError, match="state='gone' is not a declared value"):
        DECLARATION.family().add(1, worker="w", state="gone")


def test_first_of_two_equal_series_stands() -> None:
    """A series given twice appears once, since duplicates cost the whole scrape."""
    family = DECLARATION.family()
    family.add(1, worker="w", state="up")
    family.add(2, worker="w", state="up")
    assert [sample.value for sample in family.metric().samples] == [1.0]


def test_label_texts_can_always_be_encoded() -> None:
    """Lone surrogates and endless names from outside become texts that fit into a scrape."""
    assert label_text("celery@\ud800") == "celery@?"
    assert len(label_text("é" * 10_000)) == 200


def test_counter_family_has_no_suffix_and_its_samples_have() -> None:
    """A counter's samples end in _total and its family does not, as prometheus_client wants it."""
    family = Declaration(name="timesketch_x_total", kind="counter", labels=(), help="X.").family()
    family.add(3)
    assert family.metric().name == "timesketch_x"
    assert family.metric().samples[0].name == "timesketch_x_total"
