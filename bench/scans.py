"""Run as a process of its own: scan, judge, and print seconds and memory as a line of JSON.

Memory growth is the highest resident size during the scans above that of the process with
everything imported and listening. The peak is the kernel's own (VmHWM, reset before the scans).
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path

from exporter.judge import Memory, judge
from exporter.service.build import build_observer, rules_of
from exporter.service.manners import share_memory, spare_collections
from exporter.settings import load

_STATUS = Path("/proc/self/status")
_MIB = 1024 * 1024


def _kib(name: str) -> int:
    """Return a line of the kernel's status of this process."""
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(name)


def main() -> None:
    """Scan as often as the first argument says."""
    share_memory()
    settings = load({}, os.environ)
    observer = build_observer(settings)
    rules = rules_of(settings)
    memory = Memory.empty()
    spare_collections()
    Path("/proc/self/clear_refs").write_text("5")
    before = _kib("VmRSS")
    seconds = []
    parts: dict[str, list[float]] = {}
    for _ in range(int(sys.argv[1])):
        began = time.perf_counter()
        snapshot = observer.observe(memory.task_ids)
        observed = time.perf_counter()
        judgement, memory = judge(snapshot, memory, rules)
        ended = time.perf_counter()
        seconds.append(ended - began)
        for health in snapshot.sources:
            parts.setdefault(health.source, []).append(health.seconds)
        parts.setdefault("judge", []).append(ended - observed)
    peak = _kib("VmHWM")
    observer.close()
    verdicts: dict[str, int] = {}
    for timeline in judgement.timelines:
        verdicts[timeline.verdict] = verdicts.get(timeline.verdict, 0) + 1
    print(
        json.dumps(
            {
                "scans": len(seconds),
                "first_seconds": round(seconds[0], 4),
                "median_seconds": round(statistics.median(seconds), 4),
                "longest_seconds": round(max(seconds), 4),
                "first_seconds_by_part": {name: round(each[0], 4) for name, each in parts.items()},
                "median_seconds_by_part": {
                    name: round(statistics.median(each), 4) for name, each in parts.items()
                },
                "memory_growth_mib": round((peak - before) * 1024 / _MIB, 1),
                "complete": judgement.complete,
                "incomplete_because": judgement.incomplete_because,
                "workers": len(judgement.workers),
                "verdicts": verdicts,
            }
        )
    )


if __name__ == "__main__":
    main()
