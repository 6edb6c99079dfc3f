"""From exec to the first answer of /metrics and to the first complete scan, and of commands.

A small installation: 3 real workers, 500 timelines, 50 of them waiting in a queue.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from bench.serving import COMPLETE, serve
from bench.site import Site
from bench.spread import spread
from exporter.demo.processes import spawn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_WAITING = 50
_LOOK = 0.005
_AT_MOST = 120.0
_COMMANDS = {"help": ("--help",), "scan": ("scan",), "health": ("health",)}

QUICK = {"starts": 1, "workers": 1}


def measure(directory: Path, *, starts: int = 10, workers: int = 3) -> dict[str, object]:
    """Return the spread over so many starts, each of a process that was not there before."""
    answers, scans = list[float](), list[float]()
    commands: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    with Site(directory) as site:
        site.fill(timelines=500, processing=_WAITING, sketches=60)
        site.workers(workers)
        queues = site.fill_waiting(_WAITING)
        for _ in range(starts):
            began = time.perf_counter()
            with serve(site, broker__queues=queues) as ours:
                answers.append(_until(lambda: bool(ours.get("/metrics")), began))
                scans.append(_until(lambda: bool(ours.metrics().get(COMPLETE)), began))
                for name, arguments in _COMMANDS.items():
                    address = f"--web.listen-address=127.0.0.1:{ours.port}"
                    commands[name].append(_run(site, queues, (address, *arguments)))
    return {
        "starts": starts,
        "waiting": _WAITING,
        "spread": {
            "exec_to_first_metrics": spread(answers),
            "exec_to_first_complete_scan": spread(scans),
            **{f"command_{name}": spread(seconds) for name, seconds in commands.items()},
        },
    }


def _until(condition: Callable[[], bool], began: float) -> float:
    """Return the seconds from `began` until a condition held; looks more often than others do."""
    while not condition():
        if time.perf_counter() - began > _AT_MOST:
            raise TimeoutError("serve does not answer")
        time.sleep(_LOOK)
    return time.perf_counter() - began


def _run(site: Site, queues: str, arguments: tuple[str, ...]) -> float:
    """Return the seconds that a command took."""
    began = time.perf_counter()
    process = spawn(
        [sys.executable, "-m", "exporter", *arguments],
        name=arguments[-1].strip("-"),
        directory=site.directory,
        env=site.environment() | {"TIMESKETCH_EXPORTER_BROKER__QUEUES": queues},
    )
    if process.wait(_AT_MOST) != 0:
        raise RuntimeError(process.last_lines())
    return time.perf_counter() - began
