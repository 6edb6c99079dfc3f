"""A requeue whose process is killed, wherever that is: its task is sent once at most."""

from __future__ import annotations

import json
import random
import signal
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any

import pytest

from exporter.repair.records import Outcome
from exporter.service.repairing import repairing
from tests.integration.commands.requeueing import Requeueing, requeueing
from tests.integration.repair.crash.requeue_scene import requeue, settings_of
from tests.integration.repair.crash.striking import choose, victim

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from exporter.repair.records import Entry
    from tests.integration.repair.crash.points import Point

_AFTER_ROWS = 3
"""So many crashes between the commit and the outcome, where it is sent; of other kinds one."""
_FREE = {
    "repair.mode": "enforce",
    "repair.brake-share": "1",
    "repair.budget": "1000",
    "repair.cool-down": "1ms",
}


@dataclass(frozen=True, slots=True)
class Ring:
    """An installation with one lost upload at a time, and the process whose forks are struck."""

    lost: Requeueing
    settings: Mapping[str, str]
    requests: IO[str]
    answers: IO[str]

    def strike(self, number: int, point: Point | None) -> dict[str, Any]:
        """Have the next lost upload requeued by a process that is killed at the point."""
        for former in self.lost.installation.rows.timeline_statuses():
            path = f"{self.lost.theirs}/{former - 1}"
            self.lost.installation.rows.set_import_status(former, path, "ready")
        timeline = self.lost.orphan(f"{number}.jsonl")
        self.lost.add_event(timeline)
        asked = {"settings": self.settings, "point": asdict(point) if point else None}
        self.requests.write(json.dumps(asked) + "\n")
        self.requests.flush()
        answer: dict[str, Any] = json.loads(self.answers.readline())
        return {"timeline": timeline, **answer}


@contextmanager
def ring(lost: Requeueing) -> Iterator[Ring]:
    """Start the process."""
    settings = {
        **lost.installation.settings,
        **_FREE,
        "opensearch.url": f"http://127.0.0.1:{lost.opensearch.port}",
        "repair.uploads": f"{lost.theirs}={lost.folder}",
    }
    with victim("requeue_victim") as (requests, answers):
        yield Ring(lost, settings, requests, answers)


@pytest.fixture
def struck(database_url: str, broker_url: str, tmp_path: Path) -> Iterator[Ring]:
    """An installation, and the process to be struck."""
    with requeueing(database_url, broker_url, tmp_path) as lost, ring(lost) as made:
        yield made


@pytest.mark.timeout(300)
def test_crashes(struck: Ring) -> None:
    """After the next start the journal says whether it was sent; in the end it is, and once."""
    struck.strike(0, None)
    (told,) = struck.strike(1, None)["said"]
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    points = choose(told[1], 1, chance)
    points += choose({"d": told[1]["d"]}, _AFTER_ROWS, chance)
    ends = set()
    for number, point in enumerate(points, 2):
        answer = struck.strike(number, point)
        try:
            assert answer["exit"] == -signal.SIGKILL
            ends.add(_settled(struck, answer["timeline"]))
        except BaseException as error:
            error.add_note(f"seed {seed}, killed at {point}: {answer}")
            raise
    assert ends >= {None, Outcome.ABANDONED}


def _settled(struck: Ring, timeline: int) -> Outcome | None:
    """Start anew, and then do what is left; how the struck requeue ended."""
    settings = settings_of(struck.settings)
    with repairing(settings) as workshop:
        workshop.engine.reconcile()
        entries: list[Entry] = list(workshop.journal.entries(timeline_id=timeline))
        assert workshop.journal.unfinished() == ()
        assert workshop.engine.reconcile() == ()
        outcome = entries[0].outcome if entries else None
        was_sent = timeline in struck.lost.messages()
        assert was_sent == (outcome is Outcome.APPLIED)
        if not was_sent:
            done = requeue(settings, workshop)
            assert [entry.outcome for entry in done] == [Outcome.APPLIED]
    applied = [entry for entry in entries if entry.outcome is Outcome.APPLIED] or done
    (sent,) = [entry.repair.requeue for entry in applied]
    assert sent is not None
    # `messages` fails if a timeline has two.
    assert struck.lost.messages()[timeline]["headers"]["id"] == sent.task_id
    assert struck.lost.opensearch.events(timeline) == []
    record = struck.lost.installation.rows.record(timeline)
    assert (record.timeline.status, record.data_source.status) == ("processing", "queueing")
    return outcome
