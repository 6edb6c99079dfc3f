"""The forge of Timesketch's processes: its workers and our scripts inside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.smithy.smithy import Smithy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.smithy.forged import Forged
    from tests.timesketch.environment import Environment

_INSIDE = Path(__file__).parent / "inside"

# Everything that Timesketch's tasks import, which takes 5 to 10 seconds of processor time. Not the
# tasks: `timesketch.lib.tasks` reads the configuration and makes the Celery application.
_PRELOAD = (
    "celery.apps.worker",
    "celery.bin.worker",
    "celery.concurrency.prefork",
    "celery.concurrency.solo",
    "celery.worker.consumer",
    "kombu.transport.redis",
    "psycopg2",
    "sqlalchemy.dialects.postgresql",
    "timesketch.app",
    "werkzeug.serving",
)


class Forge:
    """Starts copies of a process that has imported Timesketch already."""

    def __init__(self, environment: Environment, directory: Path) -> None:
        self.environment = environment
        self._directory = directory
        self._env = {
            "PATH": os.environ.get("PATH", os.defpath),
            # Threads that numerical libraries start while they are imported do not survive a fork.
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._smithy = Smithy(environment.python, _PRELOAD, directory=directory, env=self._env)

    def celery(self, argv: Sequence[str], *, name: str, env: Mapping[str, str]) -> Forged:
        """Start `celery ARGV`."""
        return self._start("celery", argv, name=name, env=env)

    def script(
        self, script: str, argv: Sequence[str], *, name: str, env: Mapping[str, str]
    ) -> Forged:
        """Start a script of the folder `inside`."""
        return self._start(_INSIDE / script, argv, name=name, env=env)

    def close(self) -> None:
        """End the forge and, with it, everything that it made."""
        self._smithy.close()

    def _start(
        self, run: str | Path, argv: Sequence[str], *, name: str, env: Mapping[str, str]
    ) -> Forged:
        return self._smithy.forge(
            run,
            argv,
            name=name,
            env={**self._env, **env},
            directory=self._directory,
            log=self._directory / f"{name}.out",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
