"""The memory of tasks: what was seen of each, and whether its end is proven."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from exporter.judge.memory import TERMINAL_RESULTS, Trace
from exporter.snapshot import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exporter.judge.memory import Memory
    from exporter.snapshot import (
        Sighting,
        Snapshot,
        TaskMessage,
    )

# A task that nobody waits for any more is remembered a little longer, should its row come back.
KEPT_FOR = 600.0
# A worker looks by its own clock whether a message is due.
CLOCKS_AGREE = 5.0
# So many characters of messages are remembered in all; one of a file has some 200.
MESSAGES_AT_MOST = 1024 * 1024
# Where a task seen in two places at once is taken to be: the furthest along its way.
_ORDER = {
    Place.UNACKED: 0,
    Place.QUEUE: 1,
    Place.SCHEDULED: 2,
    Place.RESERVED: 3,
    Place.ACTIVE: 4,
}
_AT_WORKER = frozenset({Place.SCHEDULED, Place.RESERVED, Place.ACTIVE})


def all_sightings(snapshot: Snapshot) -> tuple[Sighting, ...]:
    """Everything seen in this scan, at the broker and at the workers."""
    broker = () if snapshot.broker is None else snapshot.broker.sightings
    replies = () if snapshot.workers is None else snapshot.workers.replies
    return (*broker, *(sighting for reply in replies for sighting in reply.sightings))


def furthest(sightings: Iterable[Sighting]) -> Sighting:
    """The sighting furthest along the way of a task; there must be at least one."""
    return max(sightings, key=lambda sighting: _ORDER[sighting.place])


def remember_tasks(
    snapshot: Snapshot, memory: Memory, sightings: Sequence[Sighting]
) -> dict[str, Trace]:
    """The traces after this scan: seen ones moved on, results noted, the unneeded forgotten."""
    results = snapshot.results or {}
    traces: dict[str, Trace] = {}
    several: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        task_id = sighting.task_id
        if task_id in traces:
            several.setdefault(task_id, [traces[task_id].last]).append(sighting)
            continue
        known, result = memory.traces.get(task_id), results.get(task_id)
        if known is not None and _stands(known, sighting, result):
            traces[task_id] = known
        else:
            traces[task_id] = _seen(known, (sighting,), snapshot, result)
    for task_id, seen in several.items():
        traces[task_id] = _seen(memory.traces.get(task_id), seen, snapshot, results.get(task_id))
    wanted = _unfinished_ids(snapshot)
    for task_id, known in memory.traces.items():
        if task_id in traces:
            continue
        dated = _dated(known, memory)
        fresh = snapshot.tick - dated.seen_tick <= KEPT_FOR
        if fresh or wanted is None or _concerns(dated, wanted):
            traces[task_id] = _unseen(dated, snapshot, results.get(task_id))
    return _bounded(_linked(traces))


def _stands(known: Trace, sighting: Sighting, result: str | None) -> bool:
    """Whether it waits in its queue as it did in the scan before, so that nothing is new."""
    return (
        known.seen_tick == inf
        and (known.last is sighting or known.last == sighting)
        and known.result not in TERMINAL_RESULTS
        and result not in TERMINAL_RESULTS
    )


def _dated(known: Trace, memory: Memory) -> Trace:
    """The trace of a task that does not stand in its queue any more: the last scan saw it there."""
    if known.seen_tick != inf:
        return known
    return replace(known, seen_tick=memory.tick, seen_at=memory.at)


def _unseen(before: Trace, snapshot: Snapshot, result: str | None) -> Trace:
    """The trace of a task that this scan did not see; without a result it was not asked about."""
    doubled = before.doubled or _may_be_out_again(before, snapshot)
    if result is None:
        return replace(before, doubled=doubled)
    return replace(before, doubled=doubled, result=result, result_tick=snapshot.tick)


def _may_be_out_again(trace: Trace, snapshot: Snapshot) -> bool:
    """Whether its message, which nobody had acknowledged, may have been handed out once more."""
    if trace.redelivers_tick is None:
        return False
    return snapshot.tick + snapshot.seconds + CLOCKS_AGREE >= trace.redelivers_tick


def _bounded(traces: dict[str, Trace]) -> dict[str, Trace]:
    """The traces, without the messages that there is no room for: the oldest ones stay."""
    sizes = {
        task_id: len(trace.message.arguments) + len(trace.message.chain or "")
        for task_id, trace in traces.items()
        if trace.message is not None
    }
    left = MESSAGES_AT_MOST
    if sum(sizes.values()) > left:
        for task_id in sorted(sizes, key=lambda each: traces[each].first_seen_tick):
            left -= sizes[task_id]
            if left < 0:
                trace = traces[task_id]
                traces[task_id] = replace(trace, last=replace(trace.last, message=None))
    return traces


def _linked(traces: dict[str, Trace]) -> dict[str, Trace]:
    """The traces, with the followers of analyses whose own messages went by unseen.

    A chain that was seen further ahead names them: whoever is in it has what comes behind in hand.
    """
    behind: dict[int, tuple[int, ...]] = {}
    for trace in traces.values():
        for place, analysis_id in enumerate(trace.followers or (), 1):
            behind[analysis_id] = (trace.followers or ())[place:]
    if not behind:
        return traces
    return {
        task_id: replace(trace, last=replace(trace.last, followers=behind[trace.analysis_id]))
        if trace.followers is None and trace.analysis_id in behind
        else trace
        for task_id, trace in traces.items()
    }


def _seen(
    before: Trace | None, sightings: Sequence[Sighting], snapshot: Snapshot, result: str | None
) -> Trace:
    """The trace of a task that was seen in this scan; what was known of it before stays known."""
    last = furthest(sightings)
    holders = {each.where for each in sightings if each.place in _AT_WORKER}
    if before is not None and before.holder is not None and holders:
        # A worker reports a task after another one held it: the message was handed out again.
        holders.add(before.holder)
    outlived_its_end = before is not None and before.result in TERMINAL_RESULTS
    doubled = (
        outlived_its_end
        or len(holders) > 1
        or any(
            each.redelivered or (each.place == Place.UNACKED and each.redelivers_in == 0)
            for each in sightings
        )
    )
    return Trace(
        last=_with_all_told(last, sightings if before is None else (*sightings, before.last)),
        first_seen_tick=before.first_seen_tick if before else snapshot.tick,
        seen_tick=inf if last.place == Place.QUEUE else snapshot.tick,
        seen_at=snapshot.at,
        holder=last.where if last.place in _AT_WORKER else before.holder if before else None,
        doubled=doubled or (before is not None and before.doubled),
        redelivers_tick=_redelivers(sightings, snapshot),
        result=result,
        result_tick=snapshot.tick,
    )


def _with_all_told(last: Sighting, tellers: Sequence[Sighting]) -> Sighting:
    """The sighting with what others told of the task; the first that knows, tells."""
    if len(tellers) == 1:
        return last
    timeline_id = analysis_id = index_name = followers = None
    for each in tellers:
        timeline_id = each.timeline_id if timeline_id is None else timeline_id
        analysis_id = each.analysis_id if analysis_id is None else analysis_id
        index_name = each.index_name if index_name is None else index_name
        followers = each.followers if followers is None else followers
    told = replace(
        last,
        timeline_id=timeline_id,
        analysis_id=analysis_id,
        index_name=index_name,
        followers=followers,
        message=_fullest(each.message for each in tellers),
    )
    return last if told == last else told


def _redelivers(sightings: Sequence[Sighting], snapshot: Snapshot) -> float | None:
    """From when Redis may hand the message out again; None where it is not in `unacked`."""
    due = [each.redelivers_in for each in sightings if each.redelivers_in is not None]
    return snapshot.tick + min(due) if due else None


def _fullest(messages: Iterable[TaskMessage | None]) -> TaskMessage | None:
    """The message that tells most: a worker's answer leaves out the chain."""
    seen = [message for message in messages if message is not None]
    return max(seen, key=lambda message: message.chain is not None, default=None)


def _unfinished_ids(snapshot: Snapshot) -> tuple[frozenset[int], frozenset[int]] | None:
    if snapshot.after is None:
        before = snapshot.before
        return None if before is None else (before.timeline_ids, before.analysis_ids)
    return (
        frozenset(timeline.timeline_id for timeline in snapshot.after.timelines),
        frozenset(analysis.analysis_id for analysis in snapshot.after.analyses),
    )


def _concerns(trace: Trace, wanted: tuple[frozenset[int], frozenset[int]]) -> bool:
    timelines, analyses = wanted
    return (
        trace.timeline_id in timelines
        or trace.analysis_id in analyses
        or not analyses.isdisjoint(trace.followers or ())
    )
