"""Several processes at once, and processes that die: the journal stays right."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exporter.repair.records import Outcome
from tests.integration.repair.journal.samples import execute, repair, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.journal import Journal

_ROOT = Path(__file__).parents[4]
_BUDGET = 25
_REPLICAS = 3
_CRASHES = 40


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a program of this folder."""
    module = f"tests.integration.repair.journal.{program}"
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    )


def test_budget_of_all(url: str, opened: Callable[..., Journal]) -> None:
    """Replicas that claim at once are granted the budget exactly, all together."""
    replicas = [start("claiming", url, f"replica{n}", str(_BUDGET)) for n in range(_REPLICAS)]
    for replica in replicas:
        assert replica.stdout is not None
        assert replica.stdout.readline() == "ready\n"

    for replica in replicas:
        assert replica.stdin is not None
        replica.stdin.write("go\n")
        replica.stdin.flush()
    granted = [int(replica.communicate(timeout=120)[0]) for replica in replicas]

    assert sum(granted) == _BUDGET
    journal = opened()
    assert journal.tally().outcomes[repair().target, Outcome.APPLIED] == _BUDGET
    assert journal.unfinished() == ()


@pytest.mark.timeout(300)
def test_crashes(url: str, opened: Callable[..., Journal]) -> None:
    """Whoever is killed at whatever moment leaves each fact whole or not at all, and no lock."""
    with start("crashing", url, str(_CRASHES), "20261123") as process:
        told, _ = process.communicate(timeout=280)
    said = [json.loads(line) for line in told.splitlines()]
    assert process.returncode == 0
    assert len(said) == _CRASHES

    found = {entry.repair.repair_id: entry for entry in opened().entries()}

    for name, entry in found.items():
        assert entry.repair == repair(name)
        assert (entry.outcome, entry.after) in [(None, None), (Outcome.APPLIED, rows())]
    for crash, words in enumerate(said):
        # What was said to be journalled is; of the rest, at most the one step under way.
        mine = [name for name in found if name.startswith(f"{crash}-")]
        finished = [name for name in mine if found[name].outcome is not None]
        assert mine[: len(words["claimed"])] == words["claimed"]
        assert finished[: len(words["finished"])] == words["finished"]
        steps = len(mine) + len(finished) - len(words["claimed"]) - len(words["finished"])
        assert steps in {0, 1}
    interrupted = [entry for entry in found.values() if entry.outcome is None]
    assert interrupted, "no crash came between intent and outcome: the moments prove nothing"
    if url.startswith("sqlite"):
        assert execute(url, "PRAGMA integrity_check") == [("ok",)]
