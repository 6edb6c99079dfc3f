"""What is lost of an orphaned timeline, and what its status becomes. Pure.

Timesketch's own rule (`_set_timeline_status` in its lib/tasks.py): a timeline whose data sources
all failed is `fail`; ready ones, or ready and failed ones, make it `ready`.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from exporter.snapshot import DataSource

    Partial = Literal["ready", "fail"]

QUEUEING = "queueing"
PROCESSING = "processing"
FAIL = "fail"
READY = "ready"


def lost_sources(sources: Collection[DataSource]) -> tuple[DataSource, ...]:
    """The data sources whose import is certainly lost, once nothing works on their timeline.

    A file's own task settles its data source, so an open one is lost; so is one without a status
    row, on which Timesketch's own tasks stumble. Of a stream every chunk's task updates the *first*
    data source without a file, and the others stay `queueing` for ever, imported or not (facts.md,
    The database). What such a row proves is this: a chunk whose data source was made after the
    last sign of any chunk's task had never been begun. Older ones may well be imported.
    """
    signs = [
        source.status_age
        for source in sources
        if source.streamed and source.status not in (None, QUEUEING)
    ]
    last_sign = min(signs, default=inf)
    return tuple(source for source in sources if _is_lost(source, last_sign))


def status_after(
    sources: Collection[DataSource], lost: Collection[DataSource], partial: Partial
) -> str:
    """What the timeline becomes: `ready` or `fail`.

    Chunks of which nothing is known have no say. A timeline without any data source becomes
    `fail`, other than by Timesketch's rule: an upload ended before it recorded one, and nothing
    would tell the analyst so.
    """
    unproven = _unproven(sources, lost)
    failed = [
        source in lost or source.status == FAIL for source in sources if source not in unproven
    ]
    if all(failed):
        return FAIL
    return partial if any(failed) else READY


def explanation(
    sources: Collection[DataSource], lost: Collection[DataSource], status: str
) -> Iterator[str]:
    """Why the timeline gets this status, and what is left as it is, in words."""
    unproven = _unproven(sources, lost)
    ready = [source for source in sources if source.status == READY]
    if not sources:
        yield "it has no data source: its upload ended before one was recorded"
    elif not lost:
        yield f"none of its data sources is known to be lost: only its own status becomes {status}"
    elif ready:
        yield f"{len(lost)} of its data sources lost, {len(ready)} ready: it becomes {status}"
    if unproven:
        ids = ", ".join(str(source.data_source_id) for source in unproven)
        yield f"left queueing, which proves nothing of a part of a stream: data source {ids}"


def _unproven(
    sources: Collection[DataSource], lost: Collection[DataSource]
) -> tuple[DataSource, ...]:
    """Chunks of a stream of which nobody can tell whether they were imported."""
    return tuple(
        source
        for source in sources
        if source.streamed and source.status == QUEUEING and source not in lost
    )


def _is_lost(source: DataSource, last_sign: float) -> bool:
    """`last_sign` is how many seconds ago a chunk's task last updated a row of the stream."""
    if source.status is None or source.status == PROCESSING:
        return True
    if source.status != QUEUEING:
        return False
    return not source.streamed or source.created_age < last_sign
