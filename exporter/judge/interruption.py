"""Whether the broker was away a moment ago, so that workers may still be on their way back to it.

A worker that loses its broker works on; kombu tries again after up to 30 s. Until then the broker
knows neither the worker nor its tasks, and nothing that is missing proves anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.judge.memory import BrokerMemory
from exporter.judge.workers import GONE

if TYPE_CHECKING:
    from exporter.judge.memory import Memory
    from exporter.judge.rules import Rules
    from exporter.snapshot import Snapshot


def remember_broker(snapshot: Snapshot, memory: Memory, rules: Rules) -> BrokerMemory:
    """The broker's memory after this scan; `interrupted_tick` is None once absence counts again.

    It counts again when every worker that was connected before has answered, or when
    `rules.reconnect_within` is over.
    """
    before = memory.broker
    awaited = before.awaited or frozenset(
        name for name, known in memory.workers.items() if known.state not in GONE
    )
    if snapshot.broker is None:
        return BrokerMemory(before.incarnation, snapshot.tick, awaited)
    reading = snapshot.broker
    interrupted_tick = before.interrupted_tick
    restarted = before.incarnation not in (None, reading.incarnation)
    newly_met = before.incarnation is None and before.interrupted_tick is None
    if (restarted or newly_met) and reading.uptime is not None:
        started_tick = snapshot.tick - reading.uptime
        if interrupted_tick is None or started_tick > interrupted_tick:
            interrupted_tick = started_tick
    if interrupted_tick is None:
        return BrokerMemory(reading.incarnation)
    answered = (
        frozenset()
        if snapshot.workers is None
        else frozenset(reply.worker for reply in snapshot.workers.replies)
    )
    back = bool(awaited) and awaited <= answered
    if back or snapshot.tick - interrupted_tick >= rules.reconnect_within:
        return BrokerMemory(reading.incarnation)
    return BrokerMemory(reading.incarnation, interrupted_tick, awaited)
