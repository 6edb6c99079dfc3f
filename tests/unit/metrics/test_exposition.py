"""Our encoder writes the very bytes that prometheus_client writes."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from exporter.metrics import exposition
from exporter.metrics.collector import render
from exporter.metrics.published import Limits, Published
from tests.judgements import JUDGEMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric

    from exporter.snapshot import Judgement

ACCEPTS = (
    "",
    "*/*",
    "text/plain;version=0.0.4",
    "text/plain;version=1.0.0;escaping=allow-utf-8",
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
    # As Prometheus 3 sends it.
    (
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        "application/openmetrics-text;version=0.0.1;q=0.4,"
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
    ),
)


class _Rendered(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        return self._families


@given(JUDGEMENTS, st.sampled_from(ACCEPTS))
def test_encodes_as_prometheus_client_does(made: Judgement, accept: str) -> None:
    """Whatever the content and the format asked for, both encoders agree on every byte."""
    families = render(Published(made), Limits())
    registry = CollectorRegistry()
    registry.register(_Rendered(families))
    encoder, content_type = choose_encoder(accept)
    assert exposition.negotiate(accept) == content_type
    assert exposition.encode(families, content_type) == encoder(registry)


def test_refuses_types_that_it_cannot_write() -> None:
    """A histogram is an error and not a wrong text."""
    registry = CollectorRegistry()
    Histogram("timesketch_x_seconds", "X.", registry=registry)
    with pytest.raises(ValueError, match="no encoding for the type histogram"):
        exposition.encode(registry.collect(), "text/plain")


def test_compresses_to_what_unpacks_to_the_same() -> None:
    """A compressed body unpacks to the body."""
    assert gzip.decompress(exposition.compress(b"up 1\n")) == b"up 1\n"
