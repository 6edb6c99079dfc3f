"""`make chaos`: `python -m tests.chaos [--minutes N] [--seed N | --story FILE] [--output json]`.

Exit code 1: a promise was broken. The seed is printed, and the story and everything that was
recorded are kept for `--story`.
"""

from __future__ import annotations

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos import story
from tests.chaos.run import run
from tests.chaos.told import as_json, as_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.result import Result
    from tests.chaos.stage import Stage

_AROUND = 50.0
"""Seconds that a run takes besides its story, to start and to come to its end."""
_LEAST = 20.0


def story_seconds(minutes: float) -> float:
    """How long a story may be for a run to take about so many minutes."""
    return max(_LEAST, minutes * 60 - _AROUND)


def play(acts: Sequence[story.Act], seed: int) -> tuple[Result, Path | None]:
    """Play a story; the result, and where it was kept if a promise was broken."""
    kept = Path(tempfile.mkdtemp(prefix="timesketch-exporter-chaos-kept-"))

    def keep(stage: Stage) -> None:
        for file in (*stage.directory.glob("*.log"), *stage.directory.glob("record.jsonl")):
            shutil.copy(file, kept)

    (kept / "story.jsonl").write_text(story.to_lines(acts), encoding="utf-8")
    result = run(acts, seed, keep=keep)
    if result.violations:
        return result, kept
    shutil.rmtree(kept)
    return result, None


def main(argv: Sequence[str]) -> int:
    """Run until the story is over, or until told to stop; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--story", type=Path)
    parser.add_argument("--output", choices=("table", "json"), default="table")
    arguments = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    if arguments.story is None:
        acts = story.write(seed, story_seconds(arguments.minutes))
    else:
        acts = story.from_lines(arguments.story.read_text(encoding="utf-8"))
    print(f"chaos: seed {seed}, {len(acts)} acts", file=sys.stderr)
    result, kept = play(acts, seed)
    print(as_json(result, seed) if arguments.output == "json" else as_table(result, seed))
    for violation in result.violations:
        print(f"VIOLATION {violation}", file=sys.stderr)
    if kept is not None:
        print(f"seed {seed}; the story and all records: {kept}", file=sys.stderr)
        print(f"again: python -m tests.chaos --story {kept}/story.jsonl", file=sys.stderr)
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
