"""Rounds: a scene, a process that is struck while it repairs it, and what a later start finds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from exporter.observe.database import reading_engine
from exporter.repair.reading import RowsReader
from exporter.repair.records import Outcome
from tests.integration.repair.crash.accounts import Accounts
from tests.integration.repair.crash.points import Phase, Point
from tests.integration.repair.crash.scene import audited, install_audit, judge, make_scene
from tests.integration.repair.crash.start import ORIGIN, started
from tests.integration.repair.crash.victim import Request

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from exporter.repair.rows import Rows, Target
    from tests.integration.observe.timesketch_database import TimesketchDatabase
    from tests.integration.repair.crash.scene import Scene
    from tests.integration.repair.crash.start import Start

_ROOT = Path(__file__).parents[4]


@dataclass(frozen=True, slots=True)
class Struck:
    """What a struck process said before it ended.

    Where it was struck, which repairs it saw end and how, what it could not do, and if it was not
    killed how many points of each kind it passed.
    """

    exit: int
    where: str
    ended: Mapping[str, str]
    errors: tuple[str, ...]
    passed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Round:
    """A scene before it was touched."""

    scene: Scene
    before: Mapping[tuple[Target, int], Rows]


@dataclass(frozen=True, slots=True)
class Ring:
    """Timesketch's database, the journal, and the process whose forks are struck."""

    timesketch: TimesketchDatabase
    rows: RowsReader
    journal_url: str
    empty_journal: Callable[[], object]
    requests: IO[str]
    answers: IO[str]

    def start(self) -> AbstractContextManager[Start]:
        """Start anew, in this process."""
        return started(self.timesketch.roles, self.journal_url)

    def prepare(self) -> Round:
        """Make a scene and an empty journal."""
        self.empty_journal()
        scene = make_scene(self.timesketch.engine)
        return Round(scene, self.rows.read(scene.keys))

    def undisturbed(self) -> Mapping[str, int]:
        """How many points of each kind are passed without a strike. To be asked first."""
        self.strike(self.prepare(), None, how="")  # the process learns; it imports and compiles
        return self.strike(self.prepare(), None, how="kill").passed

    def strike(self, here: Round, point: Point | None, *, how: str) -> Struck:
        """Have a scene repaired by a process that is struck at a point; returns at its end."""
        owner, roles = self.timesketch.url, self.timesketch.roles
        request = Request(owner, roles, self.journal_url, here.scene, point=point, how=how)
        self.requests.write(request.line())
        self.requests.flush()
        return _struck(json.loads(self.answers.readline()))

    def accounts(self, start: Start, here: Round) -> Accounts:
        """Read journal and rows."""
        return Accounts(
            entries=tuple(start.journal.entries()),
            rows=self.rows.read(here.scene.keys),
            writes=audited(self.timesketch.engine),
            before=here.before,
        )


@contextmanager
def ring(
    timesketch: TimesketchDatabase, journal_url: str, empty_journal: Callable[[], object]
) -> Iterator[Ring]:
    """Start the process whose forks are struck. `empty_journal` empties it between rounds."""
    install_audit(timesketch.engine)
    reading = reading_engine(timesketch.roles.reader, timeout=10.0)
    with victim("victim") as (requests, answers):
        yield Ring(
            timesketch=timesketch,
            rows=RowsReader(reading),
            journal_url=journal_url,
            empty_journal=empty_journal,
            requests=requests,
            answers=answers,
        )
    reading.dispose()


@contextmanager
def victim(module: str) -> Iterator[tuple[IO[str], IO[str]]]:
    """Start a module of this folder whose forks are struck; yield its input and output."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.integration.repair.crash.{module}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
        # It follows its own lines, to die at one of them; nobody else is to follow them too.
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdin, process.stdout


def settle(struck: Ring, here: Round, start: Start, allowed: frozenset[Outcome]) -> None:
    """Settle what was left, as a start does; then repair the rest. All must agree at each step."""
    start.engine.reconcile()
    settled = struck.accounts(start, here)
    settled.agree(allowed)
    assert start.journal.unfinished() == ()

    assert start.engine.reconcile() == ()
    assert struck.accounts(start, here) == settled

    prepared = start.engine.prepare(judge(start.timelines, here.scene), here.scene.wants)
    for repair in prepared.plan.repairs:
        entry = start.engine.perform(repair, prepared.situation, ORIGIN)
        assert entry.outcome is Outcome.APPLIED
    finished = struck.accounts(start, here)
    finished.agree(allowed)
    finished.all_repaired()


def phase(accounts: Accounts) -> Phase:
    """How far the repair was that was struck, by what it left."""
    left = accounts.open_intent()
    if left is None:
        return Phase.IDLE
    return Phase.WRITTEN if accounts.is_written(left) else Phase.INTENDED


def choose(passed: Mapping[str, int], count: int, chance: random.Random) -> list[Point]:
    """Choose so many points of each kind, or all where there are fewer."""
    return [
        Point(kind, number)
        for kind, points in sorted(passed.items())
        for number in chance.sample(range(points), min(count, points))
    ]


def _struck(answer: dict[str, Any]) -> Struck:
    said: dict[str, list[Any]] = {"struck": [], "ended": [], "error": [], "passed": []}
    for what, told in answer["said"]:
        said[what].append(told)
    return Struck(
        exit=answer["exit"],
        where="".join(said["struck"]),
        ended=dict(said["ended"]),
        errors=tuple(said["error"]),
        passed=said["passed"][0] if said["passed"] else {},
    )
