"""How the interpreter is set for a process that serves: quick answers, and little memory."""

from __future__ import annotations

import ctypes
import gc
import sys

SWITCH_SECONDS = 0.0002
"""How long a scan or a page may keep the interpreter while something else waits; Python's own
default is 25 times as much. A scrape waits for it several times on its way through threads."""

OLD_COLLECTIONS = 100
"""Collections of younger garbage between two of everything; Python's own default is 10."""

ARENAS = 2
"""Pools that memory for big objects comes from. With the C library's own default each thread may
have one, and keeps in it what it needed once: 7 of 118 MiB in the benchmark of a scrape."""

_M_ARENA_MAX = -8  # malloc.h of the GNU C library


def switch_often() -> None:
    """Let nothing keep the interpreter for long."""
    sys.setswitchinterval(SWITCH_SECONDS)


def share_memory() -> None:
    """Let threads share their pools; call it before there are any. Nothing where there are none."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)


def spare_collections() -> None:
    """Let the garbage collector leave out what is here for good, and look through the rest seldom.

    While it looks through everything nothing else runs: for a tenth of a second with modules and
    the application, for a fiftieth without (measured with 5,000 timelines).
    """
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, OLD_COLLECTIONS)
