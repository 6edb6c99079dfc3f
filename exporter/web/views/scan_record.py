"""What is kept of a scan for the page of the last scans."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.snapshot import Judgement, SourceHealth, Verdict


@dataclass(frozen=True, slots=True)
class ScanRecord:
    """One scan: when, how long, what each source did, and how many had which verdict.

    The counts are None where Timesketch's database could not be read.
    """

    at: float
    seconds: float
    complete: bool
    incomplete_because: tuple[str, ...]
    sources: tuple[SourceHealth, ...]
    timelines: Mapping[Verdict, int] | None
    analyses: Mapping[Verdict, int] | None


def record_of(judgement: Judgement) -> ScanRecord:
    """What is kept of a judgement."""
    read = judgement.statuses is not None
    return ScanRecord(
        at=judgement.at,
        seconds=judgement.seconds,
        complete=judgement.complete,
        incomplete_because=judgement.incomplete_because,
        sources=judgement.sources,
        timelines=Counter(judged.verdict for judged in judgement.timelines) if read else None,
        analyses=Counter(judged.verdict for judged in judgement.analyses) if read else None,
    )
