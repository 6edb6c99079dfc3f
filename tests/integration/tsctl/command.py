"""The command, in this process or, at a terminal, as one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from timesketch_exporter_tsctl.command import stuck_timelines

_PACKAGE = Path(__file__).parents[3] / "contrib" / "tsctl"
_COMMAND = "from timesketch_exporter_tsctl.command import stuck_timelines; stuck_timelines()"


@dataclass(frozen=True, slots=True)
class Done:
    """One run: its exit code and what it printed."""

    exit_code: int
    output: str
    errors: str


class Command:
    """The command with these variables set."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._variables = {"COLUMNS": "120", "NO_PROXY": "127.0.0.1", **variables}

    def run(self, *arguments: str, charset: str = "utf-8", **variables: str) -> Done:
        """Run it with nobody to be asked, with more variables; output goes in this encoding."""
        runner = CliRunner(charset=charset, env=self._variables | variables)
        result = runner.invoke(stuck_timelines, arguments)
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    def run_at_a_terminal(self, *arguments: str, typed: str) -> Done:
        """Run it with somebody at a terminal, who types this line."""
        ours, theirs = os.openpty()
        try:
            os.write(ours, f"{typed}\n".encode())
            done = subprocess.run(
                [sys.executable, "-c", _COMMAND, *arguments],
                env={**os.environ, **self._variables, "PYTHONPATH": str(_PACKAGE)},
                stdin=theirs,
                capture_output=True,
                encoding="utf-8",
                timeout=60,
                check=False,
            )
        finally:
            os.close(ours)
            os.close(theirs)
        return Done(done.returncode, done.stdout, done.stderr)
