"""Figures of the process are taken now and then, and kept for the scrapes in between."""

from __future__ import annotations

from exporter.metrics.runtime import FRESH_SECONDS, Runtime


class Clock:
    """A monotonic clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The present."""
        return self.now


def test_figures_are_those_of_prometheus_client() -> None:
    """Process, platform and garbage collector are told."""
    names = {family.name for family in Runtime().collect()}
    assert {"process_resident_memory_bytes", "python_info", "python_gc_collections"} <= names


def test_figures_are_kept_while_fresh_and_no_longer() -> None:
    """Figures are shown again for a while, then taken anew."""
    clock = Clock()
    runtime = Runtime(monotonic=clock)
    first = runtime.collect()
    clock.now += FRESH_SECONDS
    assert runtime.collect() is first
    clock.now += 0.1
    assert runtime.collect() is not first


def test_figures_are_taken_when_told() -> None:
    """Whoever has the time takes figures before they are asked for."""
    clock = Clock()
    runtime = Runtime(monotonic=clock)
    first = runtime.collect()
    runtime.read()
    taken = runtime.collect()
    clock.now += FRESH_SECONDS
    assert taken is not first
    assert runtime.collect() is taken
