"""Bounds within which one input has to be done with: time, and memory by its size."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 20.0
"""What takes so long hangs, on a busy machine too."""

_BYTES = 64 * 1024 * 1024
_BYTES_A_BYTE = 200
_STATUS = Path("/proc/self/status")
# 5 makes the peak begin anew (proc(5)).
_PEAK_ANEW = "5"


class TooLongError(Exception):
    """An input hangs its reader."""


class TooMuchError(Exception):
    """An input costs its reader more memory than its size excuses."""


@contextmanager
def bounded(size: int) -> Iterator[None]:
    """Raise TooLongError or TooMuchError over an input of so many bytes; in the main thread."""

    def hang(*_: object) -> NoReturn:
        raise TooLongError(f"not done within {SECONDS:g} s")

    before = signal.signal(signal.SIGALRM, hang)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    _STATUS.with_name("clear_refs").write_text(_PEAK_ANEW)
    held = _peak()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if (taken := _peak() - held) > _BYTES + _BYTES_A_BYTE * size:
        raise TooMuchError(f"{taken} bytes of memory for {size} bytes")


def _peak() -> int:
    """The most memory that was resident since the peak began anew, in bytes."""
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"{_STATUS} tells no peak")
