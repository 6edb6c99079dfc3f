"""`make bench`: print the figures as JSON. `BENCH_ARGS="small scrape"` chooses some of them."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from bench import console, hammered, large_scan, scrape, small_scan, stopping

FIGURES = {
    "small": small_scan.measure,
    "scrape": scrape.measure,
    "console": console.measure,
    "hammered": hammered.measure,
    "large": large_scan.measure,
    "stopping": stopping.measure,
}


def main() -> None:
    """Measure what was asked for, everything by default, one installation after the other."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar=f"{{{','.join(FIGURES)}}}")
    wanted = parser.parse_args().figures or list(FIGURES)
    unknown = sorted(set(wanted) - set(FIGURES))
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
            result[name] = FIGURES[name](Path(directory))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
