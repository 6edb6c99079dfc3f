"""Whether the broker was away a moment ago, so that workers may still be on their way back to it.

A worker that loses its broker works on; kombu tries again after up to 30 s. Until then the broker
knows neither the worker nor its tasks, and nothing that is missing proves anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.judge.memory import BrokerMemory
from exporter.judge.workers import GONE

if TYPE_CHECKING:
    from exporter.judge.audience import Audience
    from exporter.judge.memory import Memory
    from exporter.judge.rules import Rules
    from exporter.snapshot import Snapshot


def remember_broker(
    snapshot: Snapshot, memory: Memory, rules: Rules, audience: Audience
) -> BrokerMemory:
    """The broker's memory after this scan; `interrupted_tick` is None once absence counts again.

    It counts again when every worker that was connected before has answered, or when
    `rules.reconnect_within` is over. Who was connected is known by what was remembered when the
    interruption began; an exporter that met no worker before it waits out the time.
    """
    before = memory.broker
    if before.interrupted_tick is None:
        awaited = frozenset(
            name for name, known in memory.workers.items() if known.state not in GONE
        )
    else:
        awaited = before.awaited
    if snapshot.broker is None:
        return BrokerMemory(before.incarnation, snapshot.tick, awaited)
    now = BrokerMemory(
        snapshot.broker.incarnation, overcounted_tick=_overcounted(snapshot, before, audience)
    )
    interrupted_tick = _interrupted(snapshot, before)
    if interrupted_tick is None or (awaited and awaited <= audience.answered):
        return now
    if snapshot.tick - interrupted_tick >= rules.reconnect_within:
        return now
    return replace(now, interrupted_tick=interrupted_tick, awaited=awaited)


def _interrupted(snapshot: Snapshot, before: BrokerMemory) -> float | None:
    """When the broker was last away, or was started; None if there is nothing to wait for."""
    reading = snapshot.broker
    restarted = reading is not None and before.incarnation not in (None, reading.incarnation)
    newly_met = before.incarnation is None and before.interrupted_tick is None
    if reading is None or reading.uptime is None or not (restarted or newly_met):
        return before.interrupted_tick
    started_tick = snapshot.tick - reading.uptime
    return max(started_tick, before.interrupted_tick or started_tick)


def _overcounted(snapshot: Snapshot, before: BrokerMemory, audience: Audience) -> float | None:
    """Since when there are more silent subscribers than connections that could be theirs."""
    if len(audience.unowned) >= (audience.silent or 0):
        return None
    return snapshot.tick if before.overcounted_tick is None else before.overcounted_tick
