"""The installed command, started from a process that has imported it already.

Its imports take more than a second of processor time, and hundreds of commands are started. What a
copy does is what the command does: the installed script runs in it, with arguments, environment and
streams of its own. That it starts from nothing as well, the tests of `demo` and of a terminal show.
"""

from __future__ import annotations

import atexit
import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from exporter.options import COMMANDS
from tests.planted import require_none, watch
from tests.smithy.smithy import Smithy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.smithy.forged import Forged

COMMAND = Path(sys.executable).with_name("timesketch-exporter")

# What the commands import, what their drivers import when they connect, and what is built at first
# use: together most of what a short command would do.
_PRELOAD = (
    "exporter.cli",
    *(command.module for command in COMMANDS if command.name != "demo"),
    "exporter.settings.groups:Settings.model_rebuild",
    "alembic.command",
    "alembic.config",
    "coverage",
    "encodings.idna",
    "kombu.transport.redis",
    "psycopg2.extras",
    "pydantic.v1",
    "pygments.styles",
    "rich.status",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "sqlite3",
    "uvicorn.lifespan.off",
    "uvicorn.loops.auto",
)


def run(
    arguments: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    timeout: float,
    directory: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, with nobody to be asked; as subprocess.run does.

    Fails where it tells a planted secret.
    """
    with tempfile.TemporaryDirectory(prefix="timesketch-exporter-") as made:
        log, errors = Path(made, "stdout"), Path(made, "stderr")
        forged = _smithy().forge(
            COMMAND,
            [str(argument) for argument in arguments],
            name="command",
            env=env,
            directory=directory or Path.cwd(),
            log=log,
            errors=errors,
        )
        try:
            code = forged.wait(timeout)
        finally:
            forged.kill()
        done = subprocess.CompletedProcess(
            [COMMAND, *arguments], code, log.read_text(), errors.read_text()
        )
        require_none(done.stdout + done.stderr, arguments)
        return done


def start(
    arguments: Sequence[str | Path], *, name: str, directory: Path, env: Mapping[str, str]
) -> Forged:
    """Start the command in `directory`; what it prints is appended to `directory/name.log`."""
    watch(directory / f"{name}.log")
    return _smithy().forge(
        COMMAND,
        [str(argument) for argument in arguments],
        name=name,
        env=env,
        directory=directory,
        log=directory / f"{name}.log",
    )


@functools.cache
def _smithy() -> Smithy:
    """Return the one of this process; it ends with us."""
    directory = tempfile.TemporaryDirectory(prefix="timesketch-exporter-")
    atexit.register(directory.cleanup)
    # Only its copies are measured.
    env = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    smithy = Smithy(sys.executable, _PRELOAD, directory=Path(directory.name), env=env)
    atexit.register(smithy.close)
    return smithy
