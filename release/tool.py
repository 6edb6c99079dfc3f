"""The programs that a release is made with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]


class ToolError(Exception):
    """A program failed; the message says which, and what it said."""


def run(*command: str | Path) -> None:
    """Run a program of our own environment in the checkout; raises ToolError."""
    done = finished(*command)
    if done.returncode != 0:
        raise ToolError(f"{command[0]} failed: {said_last(done)}")


def finished(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program of our own environment in the checkout to its end, however that is."""
    program, *arguments = command
    path = Path(sys.executable).with_name(str(program))
    return subprocess.run(  # nosec B603  # the tools that a release is made with
        [path, *arguments], cwd=TOP, capture_output=True, text=True, check=False
    )


def said_last(done: subprocess.CompletedProcess[str]) -> str:
    """The last line that a program printed."""
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"
