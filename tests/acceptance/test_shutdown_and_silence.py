"""Workers that are silent or in shutdown while their imports run on: never called lost.

Each worker here has one process, and takes one message in advance, so that it is full, and takes
nothing that is meant for the next one, once an import runs on it and another waits in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.exporter_command import Evidence, Exporter
    from tests.timesketch.installation import Installation
    from tests.timesketch.worker import Worker


@dataclass(frozen=True, slots=True)
class Story:
    """Timelines by the worker they are on (running, prefetched), and what the exporter said."""

    frozen: tuple[int, int]
    drained: tuple[int, int]
    killed: tuple[int, int]
    solo: int
    before: Evidence
    while_frozen: Evidence
    thawed: Evidence
    draining: Evidence
    killed_beside_draining: Evidence
    all_gone: Evidence
    solo_busy: Evidence
    solo_done: Evidence
    drained_status: str
    solo_status: str
    histories: dict[int, list[str]]
    ever_orphaned: frozenset[int]


@pytest.fixture(scope="module")
def story(install: Callable[..., Installation], attach: Callable[..., Exporter]) -> Story:
    """Three full workers on one host: freeze one, shut two down, kill one of these."""
    timesketch = install()
    exporter = attach(timesketch)
    sketch = timesketch.api.new_sketch("shutdown and silence")
    filled = 0

    def full_worker(name: str) -> tuple[Worker, tuple[int, int]]:
        nonlocal filled
        worker = timesketch.worker(name, processes=1, prefetch=1)
        worker.wait_ready()
        running = timesketch.upload_running(sketch, f"{name} runs", held=f"{name}-runs")
        reserved = timesketch.upload(sketch, f"{name} has")
        filled += 1
        until(lambda: timesketch.prefetched() == filled, f"{name} is full")
        # Connections that are made within the same three seconds cannot be told apart by their age.
        timesketch.wait_connected_for(5)
        # Whose connection is whose is learnt while the others are not there yet.
        exporter.serve.settled()
        return worker, (running, reserved)

    freezer, frozen = full_worker("freezer")
    drainer, drained = full_worker("drainer")
    victim, killed = full_worker("victim")
    before = exporter.evidence()

    freezer.freeze()
    _wait_state(exporter, freezer, "wedged")
    while_frozen = exporter.evidence()
    freezer.thaw()
    _wait_state(exporter, freezer, "up")
    thawed = exporter.evidence()

    drainer.terminate()
    victim.terminate()
    _wait_state(exporter, drainer, "draining")
    _wait_state(exporter, victim, "draining")
    draining = exporter.evidence()
    victim.kill()
    exporter.serve.until(
        lambda scrape: scrape.timelines().get(killed[0]) == "orphaned",
        "the import of the worker that was killed in its shutdown is found",
    )
    killed_beside_draining = exporter.evidence()
    timesketch.opensearch.release("drainer-runs")
    drainer.wait_gone()
    all_gone = exporter.evidence()

    # What the drainer had in advance went back to the queue when it ended; the freezer takes it.
    timesketch.opensearch.release("freezer-runs")
    for timeline in (*frozen, drained[1]):
        timesketch.wait_status(timeline, "ready")
    freezer.terminate()
    freezer.wait_gone()
    timesketch.worker("solo", pool="solo").wait_ready()
    solo = timesketch.upload_running(sketch, "solo", held="solo")
    solo_busy = exporter.evidence()
    timesketch.opensearch.release("solo")
    timesketch.wait_status(solo, "ready")
    everything = (*frozen, *drained, *killed, solo)
    return Story(
        frozen=frozen,
        drained=drained,
        killed=killed,
        solo=solo,
        before=before,
        while_frozen=while_frozen,
        thawed=thawed,
        draining=draining,
        killed_beside_draining=killed_beside_draining,
        all_gone=all_gone,
        solo_busy=solo_busy,
        solo_done=exporter.evidence(),
        drained_status=timesketch.status(drained[0]),
        solo_status=timesketch.status(solo),
        histories={timeline: exporter.serve.history(timeline) for timeline in everything},
        ever_orphaned=exporter.serve.ever_orphaned(),
    )


def _wait_state(exporter: Exporter, worker: Worker, state: str) -> None:
    """Wait until `serve` says that a worker is in this state."""
    exporter.serve.until(
        lambda scrape: scrape.worker_states().get(worker.node) == state,
        f"{worker.node} is called {state}",
    )


def test_before(story: Story) -> None:
    """With all three up, what runs is running and what they have in advance is reserved."""
    for running, reserved in (story.frozen, story.drained, story.killed):
        assert story.before.timeline(running) == ("running", "running")
        assert story.before.timeline(reserved) == ("reserved", "reserved")


def test_frozen_worker(story: Story) -> None:
    """What only a stopped (SIGSTOP) worker could tell about is unknown, and no more than that."""
    assert story.while_frozen.timeline(story.frozen[0]) == ("unknown", "unknown")
    assert not story.while_frozen.scan.complete
    assert story.while_frozen.scan.exit_code == 4
    assert story.while_frozen.scan.printed["incomplete_because"]


def test_others_beside_a_frozen_worker(story: Story) -> None:
    """What other workers tell of their own imports holds while one of them is silent."""
    for running, reserved in (story.drained, story.killed):
        assert story.while_frozen.timeline(running) == ("running", "running")
        assert story.while_frozen.timeline(reserved) == ("reserved", "reserved")


def test_thawed_worker(story: Story) -> None:
    """After SIGCONT everything is known again."""
    assert story.thawed.timeline(story.frozen[0]) == ("running", "running")
    assert story.thawed.timeline(story.frozen[1]) == ("reserved", "reserved")
    assert story.thawed.scan.exit_code == 0


def test_warm_shutdown(story: Story) -> None:
    """What a worker in warm shutdown imports is draining; without memory it is at worst unknown."""
    for running in (story.drained[0], story.killed[0]):
        scanned, served = story.draining.timeline(running)
        assert scanned in {"draining", "unknown"}
        assert served == "draining"
    assert story.draining.scan.exit_code != 3


def test_prefetched_in_warm_shutdown(story: Story) -> None:
    """What a worker in warm shutdown has in advance is draining too: it may be its next task."""
    for _, reserved in (story.drained, story.killed):
        scanned, served = story.draining.timeline(reserved)
        assert scanned in {"draining", "parked", "unknown"}
        assert served == "draining"


def test_prefetched_when_the_shutdown_ends(story: Story) -> None:
    """It goes back to the queue when the shutdown ends in order, and stays parked after SIGKILL."""
    assert story.all_gone.timeline(story.drained[1]) == ("queued", "queued")
    assert story.all_gone.timeline(story.killed[1]) == ("parked", "parked")


def test_killed_beside_a_draining_worker(story: Story) -> None:
    """An import that died with its worker is found while another worker drains on the same host."""
    scanned, served = story.killed_beside_draining.timeline(story.killed[0])
    assert served == "orphaned"
    assert scanned in {"orphaned", "suspect", "unknown"}
    assert story.killed_beside_draining.timeline(story.drained[0])[1] == "draining"
    assert story.killed_beside_draining.timeline(story.frozen[0]) == ("running", "running")


def test_killed_after_sigterm(story: Story) -> None:
    """SIGTERM and SIGKILL, as `docker stop` does, leave an orphan that a cold scan finds too."""
    assert story.all_gone.timeline(story.killed[0]) == ("orphaned", "orphaned")
    assert story.all_gone.scan.exit_code == 3


def test_drained_import_finishes(story: Story) -> None:
    """The import of a worker in warm shutdown ends ready and was only running, then draining."""
    assert story.drained_status == "ready"
    history = story.histories[story.drained[0]]
    # Before it ran, a scan may have met its rows on the way to the queue; and the scan in whose
    # middle the worker leaves the broadcast has one answer too few.
    since_it_ran = history[history.index("running") :]
    assert [verdict for verdict in since_it_ran if verdict != "unknown"] == ["running", "draining"]


def test_busy_solo_worker(story: Story) -> None:
    """A solo worker cannot answer while it imports: nothing is claimed, and it is not dead."""
    scanned, served = story.solo_busy.timeline(story.solo)
    assert scanned == "unknown"
    assert served in {"unknown", "running"}
    assert story.solo_busy.scrape.worker_states()["solo@importer"] in {"wedged", "up"}
    assert story.solo_status == "ready"
    assert story.solo_done.timeline(story.solo) == (None, None)


def test_only_the_killed_import_was_ever_orphaned(story: Story) -> None:
    """Of seven imports only the one that died was ever published as orphaned."""
    assert story.ever_orphaned == {story.killed[0]}
