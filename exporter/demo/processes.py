"""Child processes that cannot outlive us: stopped by pid, and killed by the kernel if we die."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Self

from exporter.errors import DemoServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_LAUNCHER = Path(__file__).with_name("launch.py")


class Process:
    """A running child. `log` is the file that holds what it wrote to its standard streams."""

    def __init__(self, child: subprocess.Popen[bytes], *, name: str, log: Path) -> None:
        self._child = child
        self.name = name
        self.pid = child.pid
        self.log = log

    def alive(self) -> bool:
        """Whether it still runs; a stopped (SIGSTOP) one does."""
        return self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the number of the signal that ended it."""
        return self._child.poll()

    def send(self, signal_number: int) -> None:
        """Send a signal to this process alone, not to its children; nothing if it has ended."""
        self._child.send_signal(signal_number)

    def wait(self, timeout: float) -> int:
        """Wait for the end and return the exit code; raises TimeoutError after `timeout` s."""
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired as error:
            msg = f"{self.name} (pid {self.pid}) still runs after {timeout:g} s"
            raise TimeoutError(msg) from error

    def stop(self, timeout: float = 10.0, *, with_signal: int = signal.SIGTERM) -> None:
        """Ask it to end, and kill it if it has not within `timeout` seconds."""
        if not self.alive():
            return
        self.send(with_signal)
        try:
            self.wait(timeout)
        except TimeoutError:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone. Its own children are not touched."""
        self.send(signal.SIGKILL)
        self._child.wait()

    def last_lines(self, count: int = 5) -> str:
        """Return the end of its log in one line, for error messages."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return " | ".join(line.strip() for line in lines[-count:])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Forker:
    """One thread that starts every child and lives as long as the interpreter.

    The kernel sends the parent-death signal when the *thread* that forked ends (prctl(2),
    PR_SET_PDEATHSIG); children that a short-lived thread starts would die with it.
    """

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="forker", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._orders.get()()

    def popen(self, start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        answer: Future[subprocess.Popen[bytes]] = Future()

        def order() -> None:
            try:
                answer.set_result(start())
            except Exception as error:  # noqa: BLE001  handed to the caller whatever it is
                answer.set_exception(error)

        self._orders.put(order)
        return answer.result()


_forkers: dict[int, _Forker] = {}
_forkers_lock = threading.Lock()


def _forker() -> _Forker:
    """Return this process's forker; a forked copy of us has none, since threads do not fork."""
    with _forkers_lock:
        pid = os.getpid()
        if pid not in _forkers:
            _forkers[pid] = _Forker()
        return _forkers[pid]


def spawn(
    argv: Sequence[str | Path],
    *,
    name: str,
    directory: Path,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    death_signal: int = signal.SIGKILL,
) -> Process:
    """Start a child in `directory`; what it prints is appended to `directory/name.log`.

    `env` replaces the environment where given. `user` is a login name (only root can change to
    it). `death_signal` is what the kernel sends the child should this process die. The child
    has its own session: Ctrl-C at the terminal reaches us alone, and we stop it in order.
    Raises DemoServerError if the program does not exist.
    """
    program = shutil.which(str(argv[0]), path=None if env is None else env.get("PATH"))
    if program is None:
        msg = f"cannot start {name}: no program {argv[0]}"
        raise DemoServerError(msg)
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / f"{name}.log"
    command = [
        *(sys.executable, "-I", "-S", str(_LAUNCHER)),
        *(str(os.getpid()), str(int(death_signal)), user or ""),
        *(program, *(str(argument) for argument in argv[1:])),
    ]
    with log.open("ab") as output:

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(  # nosec B603  # its own servers and workers
                command,
                cwd=directory,
                env=None if env is None else dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

        child = _forker().popen(start)
    return Process(child, name=name, log=log)


def free_port() -> int:
    """Return a TCP port that nobody uses on the loopback address at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
