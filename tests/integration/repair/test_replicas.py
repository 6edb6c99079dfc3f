"""Replicas, processes of their own, that share a journal and repair the same at once."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exporter.repair.journal import open_journal
from exporter.repair.records import Guard, Outcome
from tests.integration.repair.crash.scene import audited, install_audit, make_scene
from tests.integration.repair.crash.start import ORIGIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exporter.demo.servers import Postgres
    from exporter.repair.journal import Journal
    from exporter.repair.records import Entry
    from exporter.repair.rows import Target
    from tests.integration.observe.timesketch_database import TimesketchDatabase
    from tests.integration.repair.crash.scene import Scene

_ROOT = Path(__file__).parents[3]
_ROUNDS = 8
_RIVALS = 3
_BUDGET = 3

_Ended = list[tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class Shared:
    """Timesketch's database, and a journal on PostgreSQL."""

    database: TimesketchDatabase
    journal_url: str
    journal: Journal


@pytest.fixture
def shared(postgres: Postgres, on_postgres: TimesketchDatabase) -> Iterator[Shared]:
    """Return what replicas share."""
    install_audit(on_postgres.engine)
    name = f"journal_{uuid.uuid4().hex[:12]}"
    url = postgres.create_database(name)
    journal = open_journal(url, instance="test", version="test")
    yield Shared(on_postgres, url, journal)
    journal.close()
    postgres.drop_database(name)


@pytest.mark.parametrize("cool_down", [0.0, 900.0])
def test_same_timelines(shared: Shared, cool_down: float) -> None:
    """Of two replicas that repair the same at once, one does, and the other changes nothing."""
    met = 0
    with _rivals(shared, 2, cool_down=cool_down, budget=1000) as rivals:
        for _ in range(_ROUNDS):
            scene = make_scene(shared.database.engine)
            seen = shared.journal.history(orphan_window=0.0).now

            ended = _repair_at_once(rivals, scene)

            for key in scene.keys:
                outcomes = sorted(
                    outcome for each in ended for *of, outcome in each if (*of,) == key
                )
                assert outcomes in [["applied", "unchanged"], ["applied", "refused"]]
            entries = list(shared.journal.entries(since=seen))
            assert Counter(entry.repair.key for entry in entries) == dict.fromkeys(scene.keys, 2)
            told = sorted((*entry.repair.key, str(entry.outcome)) for entry in entries)
            assert told == sorted((*key, outcome) for each in ended for *key, outcome in each)
            guards = {refusal.guard for entry in entries for refusal in entry.refusals}
            assert guards <= ({Guard.COOL_DOWN} if cool_down else set())
            assert audited(shared.database.engine) == dict.fromkeys(scene.keys, 1)
            met += sum(_met(entries, key) for key in scene.keys)
    assert met > 0


def test_budget(shared: Shared) -> None:
    """However many replicas repair at once, together they never exceed the budget."""
    with _rivals(shared, _RIVALS, cool_down=0.0, budget=_BUDGET) as rivals:
        scenes = [make_scene(shared.database.engine) for _ in range(2)]
        for scene in scenes:
            _repair_at_once(rivals, scene)
        together = Counter(entry.outcome for entry in shared.journal.entries())
        # What was granted to two of them for one timeline is free again: one alone takes it.
        _repair_at_once(rivals[:1], make_scene(shared.database.engine))

    assert 0 < together[Outcome.APPLIED] <= _BUDGET
    outcomes = Counter(entry.outcome for entry in shared.journal.entries())
    assert outcomes[Outcome.APPLIED] == _BUDGET
    assert outcomes[Outcome.REFUSED] > 0
    assert outcomes.keys() <= {Outcome.APPLIED, Outcome.UNCHANGED, Outcome.REFUSED}
    assert shared.journal.tally().refusals[Guard.BUDGET] == outcomes[Outcome.REFUSED]


def test_pause(shared: Shared) -> None:
    """A pause that anybody set holds for all of them."""
    shared.journal.pause("maintenance", ORIGIN)
    scene = make_scene(shared.database.engine)

    with _rivals(shared, _RIVALS, cool_down=0.0, budget=1000) as rivals:
        ended = _repair_at_once(rivals, scene)

    assert {outcome for each in ended for *_, outcome in each} == {"refused"}
    assert shared.journal.tally().refusals[Guard.PAUSE] == _RIVALS * len(scene.keys)
    assert audited(shared.database.engine) == {}


def _met(entries: Sequence[Entry], key: tuple[Target, int]) -> bool:
    """Whether both repairs of a target were under way at the same time."""
    first, second = (entry for entry in entries if entry.repair.key == key)
    return first.ended_at is not None and second.begun_at < first.ended_at


@contextmanager
def _rivals(shared: Shared, count: int, **rules: float) -> Iterator[list[subprocess.Popen[str]]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                subprocess.Popen(
                    [
                        *(sys.executable, "-m", "tests.integration.repair.rival"),
                        *(shared.database.roles.reader, shared.database.roles.repairer),
                        *(shared.journal_url, json.dumps(rules)),
                    ],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=_ROOT,
                )
            )
            for _ in range(count)
        ]


def _repair_at_once(rivals: Sequence[subprocess.Popen[str]], scene: Scene) -> list[_Ended]:
    """Have all of them repair a scene, none before all are ready."""
    _tell(rivals, json.dumps([scene.timeline_ids, scene.analysis_id]))
    assert _listen(rivals) == ["ready"] * len(rivals)
    _tell(rivals, "go")
    return [json.loads(line) for line in _listen(rivals)]


def _tell(rivals: Sequence[subprocess.Popen[str]], line: str) -> None:
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write(f"{line}\n")
        rival.stdin.flush()


def _listen(rivals: Sequence[subprocess.Popen[str]]) -> list[str]:
    heard = []
    for rival in rivals:
        assert rival.stdout is not None
        heard.append(rival.stdout.readline().strip())
    return heard
