"""Processes that die while they claim and finish: `crashing.py URL CRASHES SEED`.

One after the other is forked, appends until it is killed at a moment of its own, and says after
each step what is journalled. Prints all that was said: a JSON object a crash.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import sys
import time

from exporter.repair.journal import open_journal
from exporter.repair.records import Outcome
from tests.integration.repair.journal.samples import ORIGIN, WINDOW, granting, repair, rows

# Within so many pairs of claim and finish everybody is dead, if all take as long as the first.
_PAIRS = 3


def append_until_killed(url: str, crash: int, moment: float, say: int) -> None:
    """Be killed by the kernel while appending: an alarm that nobody handles ends a process.

    `moment` is between 0 and 1: how fast a machine is, and how busy, must not matter.
    """
    journal = open_journal(url, instance=f"crash-{crash}", version="1")
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    began = time.monotonic()
    for number in itertools.count():
        if number == 1:
            lasted = time.monotonic() - began
            signal.setitimer(signal.ITIMER_REAL, max(1e-6, moment * lasted * _PAIRS))
        name = f"{crash}-{number}"
        journal.claim(repair(name), ORIGIN, granting, orphan_window=WINDOW)
        os.write(say, f"claimed {name}\n".encode())
        journal.finish(name, Outcome.APPLIED, after=rows())
        os.write(say, f"finished {name}\n".encode())


def crash_once(url: str, crash: int, moment: float) -> dict[str, list[str]]:
    """Fork, and listen until it is dead."""
    hear, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(hear)
        append_until_killed(url, crash, moment, say)
    os.close(say)
    with os.fdopen(hear) as pipe:
        said = [line.split() for line in pipe]
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGALRM:
        sys.exit(f"crash {crash} ended with status {status}")
    return {
        word: [name for said_word, name in said if said_word == word]
        for word in ("claimed", "finished")
    }


def main(url: str, crashes: int, seed: int) -> None:
    """Crash so many times."""
    open_journal(url, instance="i", version="1").close()
    moments = random.Random(seed)
    for crash in range(crashes):
        said = crash_once(url, crash, moments.random())
        print(json.dumps(said), flush=True)  # noqa: T201  for the test


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
