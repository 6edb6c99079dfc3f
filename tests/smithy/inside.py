"""Imports once, then forks processes to order: `inside.py NAME...`.

A name is that of a module, or MODULE:CALLED for what is to be called in it as well. Runs in the
environment that holds the modules, so it uses the standard library alone. An order is a line of
JSON on standard input: {"run", "argv", "env", "directory", "stdout", "stderr"}, where `run` is the
path of a script or the name of a module, and the streams go to files. Lines back: {"ready"} once,
{"pid"} for each order, and {"ended": pid, "status"} as os.waitpid has it. The end of standard input
is the end of this process, and with it of every child (PR_SET_PDEATHSIG).

A child runs as a fresh interpreter would, and ends as one does: it waits for its threads and calls
what was registered for its exit. It only leaves its memory to the kernel.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import inspect
import json
import operator
import os
import runpy
import select
import signal
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Pipes:
    """What only the parent uses: where orders come from, where answers go, what wakes it."""

    orders: int
    answers: int
    woken: int
    wake: int

    @classmethod
    def make(cls) -> Pipes:
        """Take over the standard streams; whatever is imported finds ordinary ones."""
        orders, answers = os.dup(0), os.dup(1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)  # what libraries print is no answer
        woken, wake = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake)
        return cls(orders, answers, woken, wake)

    def wait(self) -> bytes | None:
        """Wait for an order, a part of one, or the end of a child (None)."""
        ready, _, _ = select.select([self.orders, self.woken], [], [])
        if self.woken in ready:
            with suppress(BlockingIOError):
                os.read(self.woken, 4096)
        return os.read(self.orders, 65536) if self.orders in ready else None

    def answer(self, **said: object) -> None:
        """Write a line back."""
        os.write(self.answers, json.dumps(said).encode() + b"\n")

    def close(self) -> None:
        """Leave them to the parent, with its signal."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in (self.orders, self.answers, self.woken, self.wake):
            os.close(number)


def forge(order: dict[str, Any], pipes: Pipes) -> int:
    """Fork one child; returns its pid. The child does not return."""
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        pipes.close()
        try:
            become(order)
        except SystemExit as asked:
            end(asked.code)
        except BaseException:  # noqa: BLE001  the child's last word; nobody above it would print it
            traceback.print_exc()
            end(1)
    return pid


def become(order: dict[str, Any]) -> None:
    """Turn into a process of its own: session, streams, directory, environment, arguments."""
    os.setsid()
    os.chdir(order["directory"])
    for number, path in ((1, order["stdout"]), (2, order["stderr"])):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = [order["run"], *order["argv"]]
    if "COVERAGE_PROCESS_CONFIG" in os.environ:
        # As coverage has it at the start of an interpreter; this one has long started.
        importlib.import_module("coverage").process_startup()
    if os.sep in order["run"]:
        runpy.run_path(order["run"], run_name="__main__")
    else:
        runpy.run_module(order["run"], run_name="__main__", alter_sys=True)
    end(0)


def end(code: object) -> NoReturn:
    """End as sys.exit does, without taking the modules apart, a fifth of a second for many."""
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    # As the interpreter does, in its order.
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
    atexit._run_exitfuncs()  # noqa: SLF001
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def reap(pipes: Pipes) -> None:
    """Tell of every child that has ended."""
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            pipes.answer(ended=pid, status=status)


def prepare(names: list[str]) -> None:
    """Do once what each child would do for itself."""
    for name in names:
        module, _, called = name.partition(":")
        found = importlib.import_module(module)
        if called:
            operator.attrgetter(called)(found)()
    # Coverage asks for the stack as it begins; what that looks up of each module is remembered.
    inspect.stack()
    # A child that looks for garbage need not look through this, and shares its memory for longer.
    gc.collect()
    gc.freeze()


def main() -> None:
    """Obey orders until there are no more."""
    pipes = Pipes.make()
    prepare(sys.argv[1:])
    pipes.answer(ready=True)
    begun = b""
    while (read := pipes.wait()) != b"":
        *orders, begun = (begun + (read or b"")).split(b"\n")
        for order in orders:
            pipes.answer(pid=forge(json.loads(order), pipes))
        reap(pipes)


if __name__ == "__main__":
    main()
