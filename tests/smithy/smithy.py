"""The tests' end of a smithy: it starts processes without the seconds that their imports take."""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.smithy.forged import Forged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_INSIDE = Path(__file__).with_name("inside.py")
_PATIENCE = 120.0


class Smithy:
    """A process that has imported what its copies need, and makes these copies."""

    def __init__(
        self, python: str | Path, preload: Sequence[str], *, directory: Path, env: Mapping[str, str]
    ) -> None:
        self._log = directory / "smithy.log"
        self._lock = threading.Lock()
        self._orders: queue.SimpleQueue[Forged] = queue.SimpleQueue()
        self._made: queue.SimpleQueue[Forged | None] = queue.SimpleQueue()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                # -P: the files beside the script are nobody's modules.
                [python, "-P", _INSIDE, *preload],
                cwd=directory,
                env=dict(env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        threading.Thread(target=self._listen, name="smithy", daemon=True).start()

    def forge(
        self,
        run: str | Path,
        argv: Sequence[str],
        *,
        name: str,
        env: Mapping[str, str],
        directory: Path,
        log: Path,
        errors: Path | None = None,
    ) -> Forged:
        """Start a script (a path) or a module (a name).

        What it prints is appended to `log`, and what it prints to standard error to `errors` where
        that is given.
        """
        order = {
            "run": str(run),
            "argv": list(argv),
            "env": dict(env),
            "directory": str(directory),
            "stdout": str(log),
            "stderr": str(errors or log),
        }
        assert self._process.stdin is not None
        with self._lock:
            self._orders.put(Forged(0, name=name, log=log))
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            made = self._made.get(timeout=_PATIENCE)
        assert made is not None, f"the smithy has ended; see {self._log}"
        return made

    def close(self) -> None:
        """End it and, with it, everything that it made."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def _listen(self) -> None:
        """Take in what it says until it ends; everything that it made ends with it."""
        running: dict[int, Forged] = {}
        assert self._process.stdout is not None
        with self._process.stdout as answers:
            for answer in map(json.loads, answers):
                if "pid" in answer:
                    made = self._orders.get()
                    made.pid = answer["pid"]
                    running[made.pid] = made
                    self._made.put(made)
                elif "ended" in answer:
                    running.pop(answer["ended"]).end(answer["status"])
        for left in running.values():
            left.end(signal.SIGKILL)
        self._made.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
