# mypy: ignore-errors
# Runs in Timesketch's own environment, whose packages the type checker does not have.
"""Imports Timesketch once, then forks what the tests order: workers, the web application.

Its imports alone take 5 to 10 seconds of processor time; a forked worker is up in one. Only
libraries are imported before the fork. `timesketch.lib.tasks`, which reads the configuration and
makes the Celery application, is imported by each child for itself.

One JSON line an order on standard input: {"run", "argv", "env", "log"}; one line back: {"pid"}.
Standard input's end is the end of the forge, and with it of every child (PR_SET_PDEATHSIG).
"""

import ctypes
import importlib
import json
import os
import runpy
import signal
import sys
import traceback
from pathlib import Path

PR_SET_PDEATHSIG = 1


def preload() -> None:
    """Everything that Timesketch's tasks import, but not the tasks, which read configuration."""
    for name in (
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
    ):
        importlib.import_module(name)


def fork(order: dict) -> int:
    """Fork one child; returns its pid. The child never returns."""
    forge = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != forge:
            os._exit(1)
        become(order)
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(end.code if isinstance(end.code, int) else int(end.code is not None))
    except BaseException:  # noqa: BLE001  the child's last word; nobody above it would print it
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


def become(order: dict) -> None:
    """Turn into a process of its own: session, standard streams, environment, signals."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(order["env"])
    sys.argv = [order["run"], *order["argv"]]
    if order["run"] == "celery":
        runpy.run_module("celery", run_name="__main__", alter_sys=True)
    runpy.run_path(str(Path(__file__).with_name(order["run"])), run_name="__main__")
    sys.exit(0)


def main() -> None:
    """Obey orders until standard input ends."""
    # The kernel reaps the children; `kill(pid, 0)` then tells whether one is still there.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    preload()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps({"pid": fork(json.loads(line))}), file=answers, flush=True)


if __name__ == "__main__":
    main()
