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
    program, *arguments = command
    path = Path(sys.executable).with_name(str(program))
    done = subprocess.run([path, *arguments], cwd=TOP, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        message = f"{program} failed: {said[-1] if said else f'exit code {done.returncode}'}"
        raise ToolError(message)
