"""Timesketch's own command line, with the distribution of contrib/tsctl installed beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.timesketch.environment import Environment

_DISTRIBUTION = Path(__file__).parents[2] / "contrib" / "tsctl"


@dataclass(frozen=True, slots=True)
class Done:
    """One run: its exit code and what it printed."""

    exit_code: int
    output: str
    errors: str


class Tsctl:
    """The real `tsctl`; what is installed for it lies in a directory of its own."""

    def __init__(self, environment: Environment, directory: Path) -> None:
        self._environment = environment
        self._installed = directory / "installed"
        # With what is here: a test needs no network once the environments are made.
        install = ["install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
        subprocess.run(
            [sys.executable, "-m", "pip", *install, "--target", self._installed, _DISTRIBUTION],
            check=True,
            timeout=120,
        )

    def run(
        self, *arguments: str, configuration: Path, typed: str | None = None, **variables: str
    ) -> Done:
        """Run it with Timesketch's configuration and more variables.

        `typed` is a line that somebody types at a terminal; None: nobody is there to be asked.
        """
        if typed is None:
            return self._run(arguments, subprocess.DEVNULL, configuration, variables)
        ours, theirs = os.openpty()
        try:
            os.write(ours, f"{typed}\n".encode())
            return self._run(arguments, theirs, configuration, variables)
        finally:
            os.close(ours)
            os.close(theirs)

    def _run(
        self, arguments: tuple[str, ...], stdin: int, configuration: Path, variables: dict[str, str]
    ) -> Done:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": str(self._installed),
            "TIMESKETCH_SETTINGS": str(configuration),
            "COLUMNS": "200",
            **variables,
        }
        # Not by itself: the first line of the script names where the environment was made.
        script = self._environment.directory / "bin" / "tsctl"
        done = subprocess.run(
            [self._environment.python, script, *arguments],
            env=environment,
            stdin=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)
