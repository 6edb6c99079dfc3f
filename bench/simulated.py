"""Scans of installations that no machine here could run: recorded answers, replayed at size.

The database reads only what is processing, so that ten million timelines are here those of them
that are; how the statements fare on many rows is measured by `large`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from bench import waiting
from exporter.demo.processes import spawn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIZES = ((100, 1_000), (1_000, 10_000), (10_000, 10_000), (10_000, 100_000))
"""Workers, and processing timelines. A worker holds five."""
QUICK = {"sizes": SIZES[:1]}
_PATIENCE = 1_800


def measure(directory: Path, sizes: Sequence[tuple[int, int]] = SIZES) -> dict[str, object]:
    """Return seconds and memory of each part, size by size, each in a fresh process."""
    return {
        "workers_are": "recorded answers (bench/recorded.json), multiplied",
        **{
            f"{workers} workers, {processing} processing": _replayed(directory, workers, processing)
            for workers, processing in sizes
        },
    }


def _replayed(directory: Path, workers: int, processing: int) -> dict[str, Any]:
    """Return seconds of each part, and in the end how much the process has grown."""
    process = spawn(
        [sys.executable, "-m", "bench.replay", str(workers), str(processing)],
        name=f"replay-{workers}-{processing}",
        directory=directory,
        env=waiting.environment(),
    )
    if process.wait(_PATIENCE) != 0:
        raise RuntimeError(process.last_lines())
    figures = json.loads(process.log.read_text().splitlines()[-1])
    return {
        **{f"{part}_seconds": each for part, each in figures["seconds"].items()},
        "memory_growth_mib": max(figures["memory_growth_mib"].values()),
        "complete": figures["complete"],
    }
