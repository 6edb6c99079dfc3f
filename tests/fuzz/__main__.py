"""`make fuzz`: every target for its share of the time; ends with 1 where something was found."""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.targets import TARGETS
from tests.fuzz.trying import findings, tried

if TYPE_CHECKING:
    from tests.fuzz.target import Target

_FOLDER = Path(".cache/fuzz")
_RUNS = re.compile(r"stat::number_of_executed_units: (\d+)")
_SPARE_SECONDS = 120.0


def main() -> int:
    """Fuzz what is asked for, everything by default, or replay one input."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar=f"{{{','.join(TARGETS)}}}")
    parser.add_argument("--minutes", type=float, default=5.0, help="for all of them together")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 2**31)
    parser.add_argument("--replay", type=Path, help="try the input in this file, and no other")
    arguments = parser.parse_args()
    names = arguments.targets or list(TARGETS)
    unknown = sorted(set(names) - set(TARGETS))
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}")
    chosen = [TARGETS[name] for name in names]
    if arguments.replay:
        return max(_replay(target, arguments.replay.read_bytes()) for target in chosen)
    seconds = arguments.minutes * 60 / len(chosen)
    run = _guided if importlib.util.find_spec("atheris") else _by_chance
    print(f"seed {arguments.seed}, {seconds:.0f} s a target", flush=True)  # noqa: T201
    return max(run(target, seconds, arguments.seed) for target in chosen)


def _replay(target: Target, data: bytes) -> int:
    found = tried(target, data)
    print(f"{target.name}: {found.told if found else 'borne'}")  # noqa: T201
    return 1 if found else 0


def _guided(target: Target, seconds: float, seed: int) -> int:
    """Fuzz under atheris, where there is a wheel of it."""
    folder = _FOLDER / target.name
    before = set(folder.glob("found-*"))
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.fuzz.guided",
            target.name,
            folder,
            f"{seconds:.0f}",
            f"{seed}",
        ],
        capture_output=True,
        check=False,
        env=os.environ,
        text=True,
        errors="replace",
        timeout=seconds + _SPARE_SECONDS,
    )
    runs = _RUNS.search(ended.stderr)
    found = sorted(set(folder.glob("found-*")) - before)
    _tell(target, int(runs[1]) if runs else 0, found)
    if ended.returncode:
        print(ended.stdout[-2_000:], ended.stderr[-2_000:], sep="\n")  # noqa: T201
    return 1 if ended.returncode else 0


def _by_chance(target: Target, seconds: float, seed: int) -> int:
    """Fuzz by mutations only."""
    deadline = time.monotonic() + seconds
    folder, runs, found = _FOLDER / target.name, 0, []
    for finding in findings(target, seed=seed, go_on=lambda: time.monotonic() < deadline):
        runs += 1
        if finding is not None:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"found-{runs}"
            path.write_bytes(finding.data)
            found.append(path)
            print(finding.told)  # noqa: T201
    _tell(target, runs, found)
    return 1 if found else 0


def _tell(target: Target, runs: int, found: list[Path]) -> None:
    print(f"{target.name}: {runs} inputs, {len(found)} findings", flush=True)  # noqa: T201
    for path in found:
        print(f"  python -m tests.fuzz {target.name} --replay {path}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
