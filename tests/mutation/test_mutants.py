"""Mutation testing: every small change to plan and guards makes a test fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
COPIED = ("exporter", "tests/__init__.py", "tests/unit/__init__.py", "tests/unit/repair")
KILLED = {"killed", "timeout"}


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change to a function that no test notices, as the changed lines of a diff."""

    function: str
    changes: tuple[str, ...]

    def __str__(self) -> str:
        lines = "\n".join(self.changes)
        return f"## {self.function}\n\n```diff\n{lines}\n```\n"


@pytest.mark.timeout(1800)  # hundreds of mutants, on a machine that may be busy
def test_every_mutant_is_killed_or_explained(tmp_path: Path) -> None:
    """No change to plan or guards survives the tests without a written reason."""
    copy(tmp_path)
    # Beside tests of other files, which may be about to measure something, no more than a share.
    beside = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    children = max(1, (os.cpu_count() or 1) // beside)
    mutmut(tmp_path, "run", "--max-children", str(children))
    survivors = {survivor(tmp_path, name) for name in surviving(tmp_path)}
    explained = read_reasons(HERE / "survivors.md")
    told = "\n".join(map(str, survivors - explained.keys()))
    assert not told, f"no test notices these changes:\n\n{told}"
    killed = "\n".join(map(str, explained.keys() - survivors))
    assert not killed, f"these no longer survive, so survivors.md need not list them:\n\n{killed}"
    for each, reason in explained.items():
        assert reason, f"survivors.md gives no reason for\n\n{each}"


def copy(target: Path) -> None:
    """Copy what is mutated and its tests; mutmut writes into the directory it works in."""
    for name in COPIED:
        source, copied = ROOT / name, target / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copied, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copied)
    shutil.copy(HERE / "mutmut.toml", target / "pyproject.toml")


def mutmut(directory: Path, *arguments: str) -> str:
    """Run mutmut without this test run's plugins and coverage; what it prints."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COVERAGE_", "COV_", "PYTEST_"))
    }
    ran = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=directory,
        env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    return ran.stdout


def surviving(directory: Path) -> list[str]:
    """The names of the mutants that were not killed; all of them must have been tried."""
    printed = mutmut(directory, "results", "--all", "true")
    statuses = dict(re.findall(r"^\s*(\S+__mutmut_\d+): (.+?)\s*$", printed, re.MULTILINE))
    assert len(statuses) > 500, printed[-2000:]
    return [name for name, status in statuses.items() if status not in KILLED]


def survivor(directory: Path, name: str) -> Survivor:
    """What a mutant changes; its number alone would change with every edit."""
    shown = mutmut(directory, "show", name).splitlines()
    module, _, function = name.rpartition("__mutmut_")[0].rpartition(".")
    changes = tuple(
        line for line in shown if line[:1] in {"-", "+"} and line[:3] not in {"---", "+++"}
    )
    return Survivor(f"{module}.{function.removeprefix('x_')}", changes)


def read_reasons(path: Path) -> dict[Survivor, str]:
    """The listed survivors, each with its reason."""
    reasons = {}
    for section in path.read_text().split("\n## ")[1:]:
        function, diff, reason = re.split(r"\n+```(?:diff\n|\n*)", section, maxsplit=2)
        reasons[Survivor(function.strip(), tuple(diff.splitlines()))] = reason.strip()
    return reasons
