"""What proves that the tasks of a timeline or analysis have ended, and which ones these are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.snapshot import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from exporter.judge.memory import KnownWorker, Trace
    from exporter.judge.rules import Rules
    from exporter.snapshot import DataSource, ProcessingTimeline, Snapshot

SETTLED = frozenset({"ready", "fail"})


def why_dead(
    trace: Trace, workers: Mapping[str, KnownWorker], snapshot: Snapshot, rules: Rules
) -> str | None:
    """In words, why this task has provably ended without its row saying so; None if unproven."""
    if trace.doubled:
        return None
    if trace.ended:
        return f"the result of task {trace.task_id} is {trace.result}"
    worker = workers.get(trace.where)
    if trace.place != Place.ACTIVE or worker is None:
        return None
    if worker.reborn_tick is not None and worker.reborn_tick > trace.seen_tick:
        return f"{trace.where}, where it was active, has been started anew since"
    if worker.gone_tick is not None and snapshot.tick - worker.gone_tick >= rules.settle:
        return f"{trace.where}, where it was active, is {worker.state}"
    return None


def open_sources(timeline: ProcessingTimeline) -> tuple[DataSource, ...]:
    """The data sources whose task may still live.

    A file's own task settles its data source; the status of a streamed chunk proves nothing, since
    every chunk's task updates the first one with an empty path (facts.md, The database).
    """
    return tuple(
        source
        for source in timeline.data_sources
        if source.streamed or source.status not in SETTLED
    )


def covers(traces: Sequence[Trace], timeline: ProcessingTimeline, snapshot: Snapshot) -> bool:
    """Whether these traces are all tasks that the timeline can have: one per open data source.

    A task cannot have been seen before its data source was made, so an old task never stands in
    for the one of a new upload; nor may the task of a data source that is settled stand in for
    that of an open one.
    """
    now = snapshot.tick + snapshot.seconds
    opened = open_sources(timeline)
    settled = [source for source in timeline.data_sources if source not in opened]
    every_one = [now - source.created_age for source in timeline.data_sources]
    if _stands_for_each([trace.first_seen_tick for trace in traces], every_one):
        return bool(traces)
    unambiguous = [
        trace.first_seen_tick
        for trace in traces
        if not any(
            now - source.created_age <= trace.first_seen_tick <= now - source.status_age
            for source in settled
        )
    ]
    created = [now - source.created_age for source in opened] or [now - timeline.status_age]
    return _stands_for_each(unambiguous, created)


def _stands_for_each(first_seen: Iterable[float], created: Iterable[float]) -> bool:
    """Whether every creation has a task of its own that was first seen after it."""
    seen, made = sorted(first_seen, reverse=True), sorted(created, reverse=True)
    return len(seen) >= len(made) and all(
        tick >= creation for tick, creation in zip(seen, made, strict=False)
    )
