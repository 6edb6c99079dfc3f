"""`make bench`: print the figures as JSON. `BENCH_ARGS="small scrape"` chooses some of them."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from functools import partial
from pathlib import Path

from bench import (
    console,
    hammered,
    intake,
    large_scan,
    long_history,
    scrape,
    simulated,
    small_scan,
    stopping,
)

FIGURES = {
    "small": small_scan.measure,
    "scrape": scrape.measure,
    "console": console.measure,
    "hammered": hammered.measure,
    "large": large_scan.measure,
    "stopping": stopping.measure,
    "simulated": simulated.measure,
}
SIZED = {"intake": intake.measure, "history": long_history.measure}
"""These may be made smaller, for a quick look."""


def main() -> None:
    """Measure what was asked for, everything by default, one installation after the other."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar=f"{{{','.join((*FIGURES, *SIZED))}}}")
    parser.add_argument("--events", type=int, help="how many, of intake and history")
    arguments = parser.parse_args()
    size = {} if arguments.events is None else {"events": arguments.events}
    figures = FIGURES | {name: partial(each, **size) for name, each in SIZED.items()}
    wanted = arguments.figures or list(figures)
    unknown = sorted(set(wanted) - set(figures))
    if unknown:
        parser.error(f"no such figure: {', '.join(unknown)}")
    result: dict[str, object] = {
        "machine": {
            "cpus": os.cpu_count(),
            "load_at_start": round(os.getloadavg()[0], 2),
            "python": platform.python_version(),
        }
    }
    for name in wanted:
        print(f"measuring {name} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="timesketch-exporter-bench-") as directory:
            result[name] = figures[name](Path(directory))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
