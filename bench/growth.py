"""How the time of a scan grows: with timelines, processing ones, messages, their size, workers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bench.messages import fill_queue
from bench.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SCANS = 8
_SHOWN = ("first_seconds", "median_seconds", "longest_seconds", "memory_growth_mib", "complete")


@dataclass(frozen=True)
class Size:
    """An installation; `message_bytes` is the size of each message in its queue."""

    timelines: int = 10_000
    processing: int = 50
    messages: int = 50
    message_bytes: int = 2_000
    workers: int = 3
    indexed: bool = False


_PLAIN = Size()
SERIES: Mapping[str, Sequence[Size]] = {
    "timelines": [replace(_PLAIN, timelines=10**n) for n in (3, 4, 5, 6)],
    "timelines_with_the_optional_indexes": [
        replace(_PLAIN, timelines=10**n, indexed=True) for n in (4, 6)
    ],
    "processing": [replace(_PLAIN, processing=n) for n in (10, 100, 1_000, 10_000)],
    "messages": [replace(_PLAIN, messages=10**n) for n in (2, 3, 4, 5)],
    "message_bytes": [replace(_PLAIN, message_bytes=2**n) for n in (11, 14, 17, 20)],
    "workers": [replace(_PLAIN, workers=10**n) for n in (0, 1, 2, 3)],
}
QUICK = {"series": {"timelines": SERIES["timelines"][:1]}}


def measure(directory: Path, series: Mapping[str, Sequence[Size]] = SERIES) -> dict[str, object]:
    """Return the times of scans for each size; all else is that of a small installation.

    Timelines are counted in the first scan, and then so seldom that it takes a twentieth of the
    time; so the first is with counting and the median without.
    """
    target: dict[str, object] = {}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name, sizes in series.items():
        varied = name.partition("_with_")[0]
        found[name] = {
            str(getattr(size, varied)): _scans(directory / f"{name}-{number}", size)
            for number, size in enumerate(sizes)
        }
    for name, most in (("timelines", 0.5), ("timelines_with_the_optional_indexes", 0.05)):
        if {"10000", "1000000"} <= found.get(name, {}).keys():
            few, many = found[name]["10000"], found[name]["1000000"]
            grown = round(many["median_seconds"] - few["median_seconds"], 4)
            found[name]["grown_from_10000_to_1000000"] = {"median_seconds": grown}
            target[f"{name}.grown_from_10000_to_1000000.median_seconds"] = most
    return {
        "target": target,
        "all_else": {"timelines": 10_000, "processing": 50, "messages": 50, "workers": 3},
        "workers_are": "light stand-ins (bench/stand_ins.py)",
        **found,
    }


def _scans(directory: Path, size: Size) -> dict[str, Any]:
    directory.mkdir()
    with Site(directory) as site:
        site.fill(
            timelines=size.timelines,
            processing=size.processing,
            sketches=max(1, size.timelines // 20),
        )
        if size.indexed:
            site.add_indexes()
        site.stand_ins(size.workers)
        fill_queue(
            site.broker_url,
            messages=size.messages,
            timelines=range(1, size.processing + 1),
            size=size.message_bytes,
        )
        scans = site.scans(count=_SCANS)
    return {name: scans[name] for name in _SHOWN}
