"""The page of figures says what the figures say, and nothing else."""

from __future__ import annotations

from typing import Any

from bench.document import page

# What JSON holds has no better type.
RECORD: dict[str, Any] = {
    "machine": {"processor": "Abacus", "cores": 2},
    "versions": {"exporter": "1.2.3", "Python": "3.11"},
    "figures": {
        "scrape": {
            "about": "A scrape.",
            "at": "2026-11-27T12:00:00+00:00",
            "load_at_start": 0.25,
            "took_seconds": 61,
            "target": {"p99_seconds": 0.02, "journal.sqlite.posts_per_second": {"at_least": 1000}},
            "found": {
                "p99_seconds": 0.0187,
                "complete": True,
                "incomplete_because": [],
                "journal": {
                    "sqlite": {"posts_per_second": 900, "median_seconds": 1.5},
                    "postgresql": {"posts_per_second": 2000, "median_seconds": None},
                },
                "seconds_by_part": {"broker": 0.5},
            },
        }
    },
}


def test_the_page() -> None:
    """Targets first, met or missed; then each figure, and what is alike in one table."""
    assert page(RECORD).partition("`bench/results.json`.\n\n")[2] == (
        """\
|  |  |
|---|---|
| processor | Abacus |
| cores | 2 |
| versions | exporter 1.2.3, Python 3.11 |

## Targets

| figure | what | target | measured |  |
|---|---|---|---|---|
| [scrape](#scrape) | 99 of 100 | at most 20 ms | 18.7 ms | met |
| [scrape](#scrape) | journal, sqlite, posts per second | at least 1,000 | 900 | **missed** |

## scrape

A scrape.

|  |  |
|---|---|
| 99 of 100 | 18.7 ms |
| complete | yes |
| incomplete because | none |
| measured | 2026-11-27T12:00:00+00:00, within 61 s |
| load of the machine before | 0.25 |

|  | broker |
|---|---|
| by part | 500 ms |

| journal | posts per second | median |
|---|---|---|
| sqlite | 900 | 1.5 s |
| postgresql | 2,000 | none |"""
    )


def test_what_is_nested_deeper() -> None:
    """Each level is a table of its own, and its name tells where it belongs."""
    found = {"outer": {"count": 3, "inner": {"one": {"wait_seconds": 2}}}}
    record = {**RECORD, "figures": {"it": {**RECORD["figures"]["scrape"], "found": found}}}
    record["figures"]["it"]["target"] = {}
    assert page(record).endswith(
        """
| outer |  |
|---|---|
| count | 3 |

| outer, inner | wait |
|---|---|
| one | 2 s |"""
    )
