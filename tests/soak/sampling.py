"""What `serve` holds at a moment, seen from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from tests.soak.judging import Limit

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024

LIMITS = (
    # CPython gives memory back in lumps, and threads of SQLite's and libpq's keep arenas.
    Limit("resident_mib", 4.0),
    # A scan, a page and a scrape may be under way in the moment of a sample.
    Limit("descriptors", 3.0),
    Limit("threads", 2.0),
    Limit("redis_connections", 1.0),
    Limit("postgres_connections", 1.0),
    # Who dies and who is orphaned at a moment is a matter of chance.
    Limit("series", 40.0),
    # Append only, and rows of a history come before they go.
    Limit("journal_kib", None),
    Limit("history_kib", None),
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the servers are that it is connected to."""

    redis: int
    postgres: int


def sample(pid: int, ports: Ports, scrape: str, state: Path) -> dict[str, float]:
    """Every figure of `LIMITS`; `state` is the folder with journal and history."""
    process = psutil.Process(pid)
    with process.oneshot():
        # A listening socket has no remote address: an empty tuple.
        remote = [tuple(each.raddr)[1:] for each in process.net_connections("tcp")]
        figures = {
            "resident_mib": process.memory_info().rss / MIB,
            "descriptors": process.num_fds(),
            "threads": process.num_threads(),
        }
    return {
        **figures,
        "redis_connections": remote.count((ports.redis,)),
        "postgres_connections": remote.count((ports.postgres,)),
        "series": sum(1 for line in scrape.splitlines() if line and not line.startswith("#")),
        "journal_kib": _size(state / "journal.db"),
        "history_kib": _size(state / "journal-history.db"),
    }


def _size(path: Path) -> float:
    return path.stat().st_size / 1024 if path.exists() else 0.0
