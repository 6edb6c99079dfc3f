"""In which order the files of tests are handed out to processes that run at the same time.

A file whose tests wait most of the time (for scans, alerts, time-outs) leaves the processor to
others, so files that compute run beside it; all that wait at once would leave it idle. The short
ones come last, so that all processes end at about the same time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WAITING = (
    "tests/acceptance/",
    "tests/container/test_compose_up.py",
    "tests/dashboards/test_data.py",
    "tests/integration/demo/",
    "tests/integration/deploy/",
    "tests/integration/events/",
    "tests/integration/loop/",
    "tests/integration/observe/workers/",
)
_COMPUTING = (
    "tests/mutation/",
    "tests/integration/repair/crash/",
    "tests/integration/console/",
    "tests/integration/",
    "tests/container/test_image.py",
    "tests/release/test_oldest.py",
)


def mixed(files: Iterable[str]) -> list[str]:
    """Those that wait and those that compute, evenly among each other, then the short ones."""
    waiting, computing, short = [], [], []
    for file in files:
        if file.startswith(_WAITING):
            waiting.append(file)
        elif file.startswith(_COMPUTING):
            computing.append(file)
        else:
            short.append(file)
    # In the order of the prefixes; `sorted` keeps that of files with the same.
    computing = sorted(computing, key=lambda file: _place(file, _COMPUTING))
    return (
        sorted(
            [*waiting, *computing],
            key={**_shares(waiting), **_shares(computing)}.__getitem__,
        )
        + short
    )


def _shares(files: Sequence[str]) -> dict[str, float]:
    """How much of a list is over when each of its files begins."""
    return {file: number / len(files) for number, file in enumerate(files)}


def _place(file: str, prefixes: Sequence[str]) -> int:
    """The number of the first prefix that a file has."""
    return next(number for number, prefix in enumerate(prefixes) if file.startswith(prefix))
