"""The figures that docs/sizing.md has of the benchmarks: `python -m bench.sizing RESULTS.json`.

Prints that document anew, with the table between its two marks made of the figures.
"""

from __future__ import annotations

import json
import sys
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from bench.words import cell

if TYPE_CHECKING:
    from bench.document import Tree

DOCUMENT = Path(__file__).parents[1] / "docs" / "sizing.md"
_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"

_ROWS = (
    ("a scan: 500 timelines, 50 of them processing, 3 workers", "small", "median_seconds"),
    ("a scan: 1,000,000 timelines, 2,000 of them processing", "large", "median_seconds"),
    ("what the memory grows by meanwhile", "large", "memory_growth_mib"),
    ("memory: 1,000 processing timelines, 100 workers", "scrape", "resident_mib"),
    ("a scrape of these, median", "scrape", "median_seconds"),
    ("a scrape of these, 99 of 100 within", "scrape", "p99_seconds"),
    ("its size", "scrape", "bytes"),
    ("memory at rest: 20 timelines, 3 workers", "idle", "resident_mib"),
    ("one core, at rest", "idle", "cpu_percent_of_a_core"),
    ("page of timelines, 5,000 of them processing", "console", "median_seconds./timelines"),
    ("from the start to the first metrics", "start", "spread.exec_to_first_metrics.median_seconds"),
    (
        "from a worker's death to its metric, longest of 50",
        "kills",
        "spread.kill_to_worker_down.max_seconds",
    ),
    (
        "until its import is orphaned, proven, longest of 50",
        "kills",
        "spread.kill_to_orphaned.max_seconds",
    ),
    (
        "from the loss of a message to the same, unproven, longest of 50",
        "losses",
        "spread.loss_to_orphaned.max_seconds",
    ),
)


def sized(document: str, record: Tree) -> str:
    """Return the document with the figures of this record in it, as far as they were taken."""
    before, _, rest = document.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    rows = [
        f"| {what} | {_figure(record, name, path.split('.'))} | [{name}](benchmarks.md#{name}) |"
        for what, name, path in _ROWS
        if name in record["figures"]
    ]
    table = "\n".join(("| | | |", "|---|---|---|", *rows))
    return f"{before}{_BEGIN}\n{table}\n{_END}{after}"


def _figure(record: Tree, name: str, path: list[str]) -> str:
    found = record["figures"][name]["found"]
    return cell(path, reduce(lambda tree, key: tree[key], path, found))


if __name__ == "__main__":
    figures = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(sized(DOCUMENT.read_text(encoding="utf-8"), figures), end="")
