"""What a metric is declared as, and the only way to give it values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from exporter.metrics.exposition import Lasting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prometheus_client.core import Metric

LONGEST_LABEL_VALUE = 200
"""Longer label values are cut: worker, queue and analyzer names come from outside."""


class WrongLabelsError(ValueError):
    """A metric was given a value under labels, or a label value, that it does not declare."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One metric, declared once.

    `unit` is the suffix of the name ("" for plain counts). `values` are the label values that are
    fixed: no others may be given. `absent` says in words when there is no series, so that a reader
    of an alert knows what its silence means ("" for: never).
    """

    name: str
    kind: Literal["gauge", "counter"]
    labels: tuple[str, ...]
    help: str
    unit: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: str = ""

    def family(self) -> Family:
        """An empty family of this metric, to be filled for one scrape."""
        return Family(self)


class Family:
    """The values of one metric in one scrape."""

    def __init__(self, declaration: Declaration) -> None:
        self._declaration = declaration
        self._labels = frozenset(declaration.labels)
        self._fixed = {label: frozenset(values) for label, values in declaration.values.items()}
        self._seen: set[tuple[str, ...]] = set()
        # prometheus_client names a counter's family without the suffix and its samples with it.
        self._metric = Lasting(
            declaration.name.removesuffix("_total"),
            declaration.help,
            declaration.kind,
            declaration.unit,
        )

    def add(self, value: float, **labels: object) -> None:
        """Give the series with exactly these labels its value.

        A second value for the same series is left out: a duplicate makes Prometheus refuse the
        whole scrape. Raises `WrongLabelsError` for labels that the metric does not declare.
        """
        declaration = self._declaration
        if labels.keys() != self._labels:
            wanted = ", ".join(declaration.labels) or "none"
            message = f"{declaration.name} has the labels {wanted}; given: {', '.join(labels)}"
            raise WrongLabelsError(message)
        texts = {label: label_text(labels[label]) for label in declaration.labels}
        for label, allowed in self._fixed.items():
            if texts[label] not in allowed:
                message = f"{declaration.name}: {label}={texts[label]!r} is not a declared value"
                raise WrongLabelsError(message)
        series = tuple(texts.values())
        if series not in self._seen:
            self._seen.add(series)
            self._metric.add_sample(declaration.name, texts, float(value))

    def metric(self) -> Metric:
        """The family as prometheus_client knows it."""
        return self._metric


def label_text(value: object) -> str:
    """A label's value as text that can always be encoded (names may hold lone surrogates)."""
    text = str(value)
    if not text.isascii():
        text = text.encode(errors="replace").decode()
    return text[:LONGEST_LABEL_VALUE]
