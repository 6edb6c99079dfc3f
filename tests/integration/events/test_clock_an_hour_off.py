"""A worker whose clock is an hour off is heard, told of, and never dead for it."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exporter.demo.servers import Valkey
from tests.integration.commands.serving import serve
from tests.integration.observe.timesketch_database import Source, TimesketchDatabase
from tests.integration.observe.workers.real_workers import imports, start_worker, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.commands.serving import Serving

NAMES = {"behind": "behind@host", "ahead": "ahead@host"}
HOURS = {"behind": -3600.0, "ahead": 3600.0}
_SETTINGS = {
    "judge.grace": "1s",
    "judge.confirm-after": "1s",
    "scan.interval": "500ms",
    "workers.reconnect-within": "1s",
    "events.enable-task-events": "true",
}


def _clock(hours: float) -> dict[str, str]:
    """The environment of a program whose clock is so many seconds off (Debian's libfaketime)."""
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{hours:+.0f}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where everything of this module lies."""
    return tmp_path_factory.mktemp("clocks")


def _asked(log: str, worker: str) -> bool:
    """Whether this worker was asked to send events of its tasks."""
    return any("asked for task events" in line and worker in line for line in log.splitlines())


class Scene:
    """Two workers, each with an import, and `serve` beside them."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        broker = stack.enter_context(Valkey(directory / "broker"))
        self.database = TimesketchDatabase(f"sqlite:///{directory / 'timesketch.db'}")
        self.workers = {
            each: stack.enter_context(
                start_worker(
                    *(NAMES[each], broker.url, directory, "-c", "1", "-Q", each),
                    env=_clock(HOURS[each]),
                )
            )
            for each in NAMES
        }
        uploads = stack.enter_context(imports(broker.url, directory))
        self.serving = self._serve(broker, directory)
        stack.callback(self.serving.process.stop)
        until(lambda: self.states() == dict.fromkeys(NAMES.values(), "up"))
        until(lambda: all(_asked(self.serving.log(), name) for name in NAMES.values()))
        sketch = self.database.sketch()
        self.timelines = {
            each: self.database.timeline(sketch, "processing", sources=[Source()]) for each in NAMES
        }
        for each, timeline in self.timelines.items():
            uploads.send(timeline, queue=each)
        until(lambda: set(self.verdicts().values()) == {"running"})

    @staticmethod
    def _serve(broker: Valkey, directory: Path) -> Serving:
        return serve(
            directory,
            {
                "database.url": f"sqlite:///{directory / 'timesketch.db'}",
                "broker.url": broker.url,
                "journal.url": f"sqlite:///{directory / 'journal.db'}",
                "broker.queues": ",".join(NAMES),
                **_SETTINGS,
            },
        )

    def states(self) -> dict[str, str]:
        """The state of each worker."""
        answer = self.serving.get("/api/v1/workers").json()
        return {each["worker"]: each["state"] for each in answer["workers"]}

    def verdicts(self) -> dict[int, str]:
        """The verdict on each timeline."""
        answer = self.serving.get("/api/v1/timelines").json()
        return {each["timeline_id"]: each["verdict"] for each in answer["timelines"]}

    def story(self, which: str) -> list[dict[str, str]]:
        """The chapters of a timeline's history."""
        path = f"/api/v1/timelines/{self.timelines[which]}/history"
        chapters: list[dict[str, str]] = self.serving.get(path).json()["chapters"]
        return chapters

    def offset(self, which: str) -> float | None:
        """By how much a worker's clock is ahead, as it is published."""
        return self.serving.value("timesketch_worker_clock_offset_seconds", worker=NAMES[which])


@pytest.fixture(scope="module")
def scene(directory: Path) -> Iterator[Scene]:
    """Return the scene, with both imports running."""
    with ExitStack() as stack:
        yield Scene(directory, stack)


@pytest.mark.parametrize("which", NAMES)
def test_the_offset_is_told(scene: Scene, which: str) -> None:
    """By how much a clock is off is a metric, and no heartbeat counts as missed for it."""
    off = until(lambda: scene.offset(which))
    assert abs(off - HOURS[which]) < 60
    assert scene.states()[NAMES[which]] == "up"


@pytest.mark.parametrize("which", NAMES)
def test_events_are_placed_by_our_clock(scene: Scene, which: str) -> None:
    """What a worker did an hour ago or from now, by its clock, stands where it happened."""
    until(lambda: any("was started" in each["text"] for each in scene.story(which)))
    texts = [each["text"] for each in scene.story(which)]
    started = next(n for n, text in enumerate(texts) if "was started" in text)
    assert any("data source" in text for text in texts[:started])
    assert re.search("found active", texts[-1])


def test_it_is_dead_once_it_is(scene: Scene) -> None:
    """Killed, it is dead by the broker's word, whatever its clock says; the other one is not."""
    worker = scene.workers["behind"]
    worker.kill()
    until(lambda: scene.states() == {"behind@host": "dead", "ahead@host": "up"})
    lost, living = scene.timelines["behind"], scene.timelines["ahead"]
    until(lambda: scene.verdicts() == {lost: "orphaned", living: "running"})
    texts = until(
        lambda: (
            (found := [each["text"] for each in scene.story("behind")])
            and found[-1] == "orphaned"
            and found
        )
    )
    assert "behind@host: its connection is gone" in texts
