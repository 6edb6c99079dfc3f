"""`make bench`: measure, and print what came of it as JSON.

`BENCH_ARGS="small scrape"` chooses some of the figures, `--into FILE` puts them among those that
are there already, `--quick` makes each so small that it only shows that it runs through.
"""

from __future__ import annotations

import argparse
import inspect
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bench import (
    console,
    growth,
    hammered,
    idle,
    intake,
    kills,
    large_queue,
    large_scan,
    long_history,
    losses,
    memory,
    obvious_design,
    repair,
    scrape,
    simulated,
    small_scan,
    start_up,
    stopping,
    webhook,
)
from bench.record import Record, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Figure(Protocol):
    """A module that measures one thing; the first line of its text tells readers which.

    `measure` gets a directory of its own. What it returns is found, but for `target`: a path of
    keys into it, with dots, and the most that is to be found there, or `{"at_least": number}`.
    """

    __doc__: str | None

    @property
    def QUICK(self) -> Mapping[str, object]:  # noqa: N802  a module's constant
        """What `measure` is given to be done in seconds."""

    @property
    def measure(self) -> Callable[..., dict[str, object]]:
        """Measure."""


FIGURES: dict[str, Figure] = {
    "small": small_scan,
    "scrape": scrape,
    "console": console,
    "hammered": hammered,
    "large": large_scan,
    "queue": large_queue,
    "growth": growth,
    "memory": memory,
    "stopping": stopping,
    "intake": intake,
    "history": long_history,
    "idle": idle,
    "kills": kills,
    "losses": losses,
    "start": start_up,
    "webhook": webhook,
    "obvious": obvious_design,
    "repair": repair,
    "simulated": simulated,
}


def main(argv: Sequence[str]) -> None:
    """Measure what was asked for, everything by default, one installation after the other."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar=f"{{{','.join(FIGURES)}}}")
    parser.add_argument("--events", type=int, help="how many, of intake and history")
    parser.add_argument("--seconds", type=float, help="how long, of hammered and idle")
    parser.add_argument("--quick", action="store_true", help="everything small, and worth nothing")
    parser.add_argument("--into", type=Path, metavar="FILE", help="add to these figures")
    arguments = parser.parse_args(argv)
    wanted = arguments.figures or list(FIGURES)
    unknown = sorted(set(wanted) - set(FIGURES))
    if unknown:
        parser.error(f"no such figure: {', '.join(unknown)}")
    sizes = {"events": arguments.events, "seconds": arguments.seconds}
    record = Record.of_this_machine(arguments.into)
    for name in wanted:
        print(f"measuring {name} ...", file=sys.stderr)
        figure = FIGURES[name]
        with tempfile.TemporaryDirectory(prefix="timesketch-exporter-bench-") as directory:
            chosen = {**(figure.QUICK if arguments.quick else {}), **_taken(figure, sizes)}
            run = Run.begun()
            found = figure.measure(Path(directory), **chosen)
        record.add(name, run.ended(about=figure.__doc__ or "", found=found))
    print(record.text() if arguments.into is None else f"written: {arguments.into}")


def _taken(figure: Figure, sizes: Mapping[str, object]) -> dict[str, object]:
    """Which of the given sizes are this figure's."""
    parameters = inspect.signature(figure.measure).parameters
    return {name: size for name, size in sizes.items() if size is not None and name in parameters}


if __name__ == "__main__":
    main(sys.argv[1:])
