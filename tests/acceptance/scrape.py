"""One scrape of a running `serve`, read as Prometheus reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

TIMELINES = "timesketch_processing_timeline_since_timestamp_seconds"
ORPHANS = "timesketch_orphaned_timeline_since_timestamp_seconds"
ORPHANED_ANALYSES = "timesketch_orphaned_analysis_since_timestamp_seconds"


@dataclass(frozen=True, slots=True)
class Sample:
    """One series and its value."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Scrape:
    """Every series of one scrape."""

    samples: tuple[Sample, ...]

    @classmethod
    def read(cls, text: str, *, only: Collection[str] = ()) -> Scrape:
        """Parse the text format; `only` the series of some metrics, where these are given."""
        if only:
            begin = tuple(f"{name}{{" for name in only)
            lines = text.splitlines(keepends=True)
            text = "".join(line for line in lines if line.startswith(begin))
        return cls(
            tuple(
                Sample(sample.name, sample.labels, sample.value)
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            )
        )

    def value(self, name: str, **labels: str) -> float | None:
        """The value of the series with exactly these labels; None where it is absent."""
        for sample in self.series(name):
            if sample.labels == labels:
                return sample.value
        return None

    def series(self, name: str) -> Iterator[Sample]:
        """Every series of a metric."""
        return (sample for sample in self.samples if sample.name == name)

    def timelines(self) -> dict[int, str]:
        """The verdict of every timeline that has a series of its own."""
        return {int(s.labels["timeline_id"]): s.labels["verdict"] for s in self.series(TIMELINES)}

    def orphans(self) -> frozenset[int]:
        """The timelines that are published as orphaned."""
        return frozenset(int(sample.labels["timeline_id"]) for sample in self.series(ORPHANS))

    def orphaned_analyses(self) -> frozenset[int]:
        """The analyses that are published as orphaned."""
        return frozenset(int(s.labels["analysis_id"]) for s in self.series(ORPHANED_ANALYSES))

    def counted(self, metric: str) -> dict[str, int]:
        """A gauge by verdict, the zeros left out."""
        return {
            sample.labels["verdict"]: int(sample.value)
            for sample in self.series(metric)
            if sample.value
        }

    def worker_states(self) -> dict[str, str]:
        """The state of every worker."""
        return {
            sample.labels["worker"]: sample.labels["state"]
            for sample in self.series("timesketch_worker_state")
            if sample.value
        }
