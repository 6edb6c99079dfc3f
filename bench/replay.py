"""Run as a process of its own: `replay WORKERS PROCESSING`, one line of JSON.

What real workers answered (bench/recorded.json) is multiplied to so many workers and timelines,
with names, ids and ages of their own, and goes through the code that a scan does. Making it is
not measured, nor are the servers and the network: this is what the exporter itself needs.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.recorded import Recorded
from exporter.judge import Memory, Rules, judge
from exporter.metrics.collector import JudgementCollector
from exporter.metrics.exposition import write_out
from exporter.metrics.published import Limits, Published
from exporter.observe import clients, pidbox
from exporter.observe.held import held_by_worker, reply_of
from exporter.observe.task_index import TaskIndex
from exporter.snapshot import (
    BrokerReading,
    DatabaseReading,
    HeartbeatReading,
    Snapshot,
    Wanted,
    WorkersReading,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Made = TypeVar("Made")

_METHODS = ("scheduled", "reserved", "active")
_PAUSE = 20.0
_MIB = 1024


class Parts:
    """Seconds, and the highest resident memory (MiB above the beginning), of each part."""

    def __init__(self) -> None:
        self._began = _status("VmRSS")
        self.seconds: dict[str, float] = {}
        self.memory_mib: dict[str, float] = {}

    def measure(self, name: str, part: Callable[[], Made]) -> Made:
        """Do one part; the kernel's peak is reset before it."""
        Path("/proc/self/clear_refs").write_text("5")
        began = time.perf_counter()
        made = part()
        self.seconds[name] = round(time.perf_counter() - began, 3)
        self.memory_mib[name] = round((_status("VmHWM") - self._began) / _MIB, 1)
        return made


def main() -> None:
    """Replay two scans and what a scrape needs after them."""
    workers, processing = int(sys.argv[1]), int(sys.argv[2])
    recorded = Recorded()
    questions = [pidbox.Question(method, ticket=method) for method in _METHODS]
    raw = [recorded.reply(method, number) for number in range(workers) for method in _METHODS]
    listed = "\n".join(recorded.client(number) for number in range(workers))
    timelines = tuple(recorded.timeline(number + 1) for number in range(processing))
    details = [recorded.details(number) for number in range(workers)]
    wanted = Wanted(timeline_ids=frozenset(each.timeline_id for each in timelines))
    index, memory, parts = TaskIndex(), Memory.empty(), Parts()

    decoded = parts.measure("decode", lambda: [pidbox.decode(each) for each in raw])
    said = parts.measure(
        "held", lambda: held_by_worker(questions, [each for each in decoded if each is not None])
    )
    consumers = parts.measure(
        "connections",
        lambda: clients.consumers(clients.parse(listed), db=0, own_name="timesketch-exporter"),
    )
    replies = parts.measure(
        "replies",
        lambda: tuple(
            reply_of(
                name,
                held,
                index=index,
                wanted=wanted,
                details=details[int(name.rpartition("w")[2])],
                heard=None,
                now=time.time(),
                tick=0.0,
            )
            for name, held in sorted(said.answered.items())
        ),
    )
    judgement = None
    for scan, name in enumerate(("judge_first", "judge_next", "judge_confirming")):
        snapshot = Snapshot(
            at=1_800_000_000.0 + scan * _PAUSE,
            tick=scan * _PAUSE,
            seconds=1.0,
            before=wanted,
            broker=BrokerReading(incarnation="one", uptime=1e6),
            workers=WorkersReading(
                replies=replies,
                receivers=workers,
                bound=frozenset(said.answered),
                consumers=consumers,
            ),
            heartbeats=HeartbeatReading(),
            results={},
            after=DatabaseReading(timelines=timelines, statuses={"processing": processing}),
        )
        judgement, memory = parts.measure(name, partial(judge, snapshot, memory, Rules()))
    collector = JudgementCollector(lambda: Published(judgement=judgement), Limits())
    parts.measure("render", lambda: write_out(collector.collect()))
    assert judgement is not None  # noqa: S101  # nosec B101  # for mypy
    print(
        json.dumps(
            {
                "recorded_with": recorded.made_with,
                "workers": workers,
                "processing_timelines": processing,
                "complete": judgement.complete,
                "verdicts": Counter(each.verdict for each in judgement.timelines),
                "seconds": parts.seconds,
                "memory_growth_mib": parts.memory_mib,
            }
        )
    )


def _status(name: str) -> int:
    """A line of the kernel's status of this process, in KiB."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(name)


if __name__ == "__main__":
    main()
