"""Asking real Celery workers on a real Valkey."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from exporter.demo.processes import Process, spawn
from exporter.observe.pidbox import REPLY_EXCHANGE
from exporter.observe.redis_link import BrokerOptions, connect
from exporter.observe.task_index import TaskIndex
from exporter.observe.timesketch_tasks import Subject
from exporter.observe.workers import PREFETCHED_AT_MOST, RedisWorkers
from exporter.observe.workers_check import check_workers
from exporter.snapshot import HeartbeatReading, Place, Wanted
from tests.integration.observe.workers.real_workers import Imports, start_worker, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import redis

    from exporter.demo.servers import Valkey
    from exporter.observe.redis_link import RedisLink
    from exporter.snapshot import Finding, Sighting, WorkersReading

BOTH = ["fork@host", "solo@host"]
BINDINGS = f"_kombu.binding.{REPLY_EXCHANGE}"
ASK_FOR_LONG = """
import sys
from exporter.observe.redis_link import BrokerOptions, connect
from exporter.observe.workers import RedisWorkers

RedisWorkers(connect(BrokerOptions(sys.argv[1])), timeout=60.0).ask()
"""


@pytest.fixture(scope="module")
def prefork(broker: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """Return a prefork worker of two processes, which each test leaves idle and alive."""
    directory = tmp_path_factory.mktemp("prefork")
    with start_worker("fork@host", broker.url, directory, "-c", "2") as process:
        yield process


@pytest.fixture(scope="module")
def solo(broker: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """Return a worker that can do one thing at a time, of a queue of its own."""
    directory = tmp_path_factory.mktemp("solo")
    with start_worker("solo@host", broker.url, directory, "--pool=solo", "-Q", "slow") as process:
        yield process


@pytest.fixture
def both(prefork: Process, solo: Process, workers: RedisWorkers) -> tuple[Process, Process]:
    """Return both workers, once they answer and have nothing left to do."""
    until(lambda: idle(workers.ask()))
    return prefork, solo


def idle(reading: WorkersReading) -> bool:
    """Whether two workers answer and hold nothing.

    While big messages are prefetched nobody is asked for them, so none counted means nothing.
    """
    held = sum(reply.active + reply.reserved for reply in reading.replies)
    everybody = len(reading.replies) == 2 and reading.receivers == 2
    return everybody and reading.prefetched_asked and held == 0


def names(reading: WorkersReading) -> list[str]:
    """Return who answered."""
    return [reply.worker for reply in reading.replies]


def seen(reading: WorkersReading, place: Place) -> dict[str, Sighting]:
    """Return the sightings in a place by task id."""
    return {
        sighting.task_id: sighting
        for reply in reading.replies
        for sighting in reply.sightings
        if sighting.place is place
    }


def held_by_fork(reading: WorkersReading) -> tuple[int, int] | None:
    """Return how many tasks are active and reserved at the prefork worker, if all answered."""
    if names(reading) != BOTH:
        return None
    return reading.replies[0].active, reading.replies[0].reserved


def spent(workers: RedisWorkers) -> float:
    """Return the seconds that asking took."""
    began = time.monotonic()
    workers.ask()
    return time.monotonic() - began


def reading_where(
    workers: RedisWorkers,
    condition: Callable[[WorkersReading], object],
    wanted: Wanted | None = None,
) -> WorkersReading:
    """Ask until a reading is as expected, and return it.

    On a busy machine a worker may be too late for any single question.
    """
    readings: list[WorkersReading] = []

    def expected() -> bool:
        readings.append(workers.ask(wanted))
        return bool(condition(readings[-1]))

    until(expected)
    return readings[-1]


def nothing_left(client: redis.Redis) -> bool:
    """Whether neither a reply list nor a binding of the exporter's is in Redis."""
    lists = list(client.scan_iter(match="*timesketch-exporter*"))
    bound = [member for member in client.smembers(BINDINGS) if b"timesketch-exporter" in member]
    return not lists and not bound


@pytest.mark.usefixtures("both")
class TestAnswers:
    """What workers that are well answer."""

    def test_returns_long_before_the_time_out(self, link: RedisLink) -> None:
        """The wait ends with the last expected answer, not with the time-out."""
        workers = RedisWorkers(link, timeout=20.0)
        assert max(spent(workers) for _ in range(3)) < 10.0
        workers.close()

    def test_knows_each_worker(self, workers: RedisWorkers, both: tuple[Process, Process]) -> None:
        """Pool, size, prefetch limit, pid and queues of each worker are known."""
        fork, solo = reading_where(workers, lambda now: names(now) == BOTH).replies
        assert (fork.worker, fork.pool, fork.processes) == ("fork@host", "prefork", 2)
        assert (fork.prefetch_limit, fork.pid) == (8, both[0].pid)
        assert (solo.worker, solo.pool, solo.pid) == ("solo@host", "solo", both[1].pid)
        until(lambda: names(workers.ask()) == BOTH)
        assert workers.queues_consumed() == {"celery", "slow"}

    def test_sees_running_and_prefetched_imports(
        self, workers: RedisWorkers, uploads: Imports
    ) -> None:
        """Two imports run, two are reserved; each names its timeline and its worker."""
        tasks = {uploads.send(number): number for number in range(4)}
        reading = reading_where(workers, lambda now: held_by_fork(now) == (2, 2))
        found = {**seen(reading, Place.RESERVED), **seen(reading, Place.ACTIVE)}
        assert {task: each.timeline_id for task, each in found.items()} == tasks
        assert {each.where for each in found.values()} == {"fork@host"}
        assert all(each.age is not None for each in seen(reading, Place.ACTIVE).values())

    def test_leaves_out_what_nobody_looks_for(
        self, workers: RedisWorkers, uploads: Imports
    ) -> None:
        """Other timelines' tasks and other projects' tasks are counted, and that is all."""
        task = uploads.send(1)
        uploads.send(2)
        uploads.send(0, name="somebody.elses")
        wanted = Wanted(timeline_ids=frozenset({1}))
        reading = reading_where(workers, lambda now: held_by_fork(now) == (2, 1), wanted)
        assert [each.task_id for each in reading.replies[0].sightings] == [task]

    @pytest.mark.parametrize("length", [5_000, 1_000_000])
    def test_looks_up_cut_arguments_once(
        self, workers: RedisWorkers, uploads: Imports, client: redis.Redis, length: int
    ) -> None:
        """A running stream, whose short form is cut, is recognised, and asked for once only."""
        task = uploads.send(77, events="x" * length)
        reading = reading_where(workers, lambda now: seen(now, Place.ACTIVE))
        assert seen(reading, Place.ACTIVE)[task].timeline_id == 77
        untyped: Any = client
        with untyped.pubsub() as pubsub:
            pubsub.psubscribe("*celery.pidbox")
            workers.ask()
            until(lambda: (got := pubsub.get_message()) and got["type"] == "pmessage")
            further = list(iter(pubsub.get_message, None))
        assert len(further) == 2

    def test_prefers_what_the_queue_showed(
        self, link: RedisLink, workers: RedisWorkers, uploads: Imports
    ) -> None:
        """A task that was seen whole in the queue is not looked up at its worker."""
        index = TaskIndex()
        index.note("a-task", Subject(timeline_id=4711), followers=(5, 6))
        asker = RedisWorkers(link, timeout=1.0, index=index)
        uploads.send(78, events="x" * 5_000, task_id="a-task")
        # Somebody else waits for it to begin: what is reserved is shown whole.
        reading_where(workers, lambda now: seen(now, Place.ACTIVE))
        found = seen(asker.ask(), Place.ACTIVE)
        assert found["a-task"].timeline_id == 4711
        assert found["a-task"].followers == (5, 6)
        asker.close()

    def test_spares_workers_big_prefetched_messages(
        self, workers: RedisWorkers, uploads: Imports
    ) -> None:
        """While big messages are prefetched, nobody has to send them as reserved."""
        for number in range(2):
            uploads.send(number)
        until(lambda: held_by_fork(workers.ask()) == (2, 0))
        uploads.send(3, events="x" * PREFETCHED_AT_MOST)
        reading = reading_where(
            workers, lambda now: not now.prefetched_asked and names(now) == BOTH
        )
        assert reading.replies[0].active == 2
        assert reading.replies[0].prefetch_limit is None

    def test_everybody_is_well_in_check(self, workers: RedisWorkers) -> None:
        """Check has one line for each answering worker and nothing to complain about."""
        findings: list[Finding] = []

        def is_well() -> bool:
            findings[:] = check_workers(workers, HeartbeatReading())
            return {finding.level for finding in findings} == {"ok"}

        until(is_well)
        assert "fork@host answers: 0 active" in findings[0].text


class TestSilence:
    """Workers that cannot answer."""

    def test_a_stopped_worker_is_counted_but_silent(
        self,
        link: RedisLink,
        workers: RedisWorkers,
        both: tuple[Process, Process],
        client: redis.Redis,
    ) -> None:
        """It took the question, is bound and connected, and costs one time-out; then it is back."""
        both[0].send(signal.SIGSTOP)
        try:
            reading = reading_where(workers, lambda now: names(now) == ["solo@host"])
            assert reading.receivers == 2
            assert reading.bound == {"fork@host", "solo@host"}
            assert reading.consumers is not None
            assert len(reading.consumers) == 2
            # There are three questions: so long a time-out tells one of it from two of them.
            patient = RedisWorkers(link, timeout=4.0)
            assert spent(patient) < 8.0
            patient.close()
            told = "1 of 2 connected workers did not answer (among: fork@host)"
            until(
                lambda: told in [each.text for each in check_workers(workers, HeartbeatReading())]
            )
        finally:
            both[0].send(signal.SIGCONT)
        until(lambda: idle(workers.ask()))
        assert nothing_left(client)

    def test_a_busy_solo_worker_is_silent(
        self, workers: RedisWorkers, both: tuple[Process, Process], uploads: Imports
    ) -> None:
        """A solo pool does not answer while it works; nobody calls it gone."""
        assert both
        uploads.send(1, queue="slow")
        reading = reading_where(workers, lambda now: names(now) == ["fork@host"])
        assert reading.receivers == 2
        uploads.let_go()
        until(lambda: idle(workers.ask()))

    def test_late_answers_leave_nothing(
        self,
        link: RedisLink,
        workers: RedisWorkers,
        both: tuple[Process, Process],
        client: redis.Redis,
    ) -> None:
        """Answers that come after the asker has left are dropped by the worker itself."""
        hasty = RedisWorkers(link, timeout=0.02)
        both[0].send(signal.SIGSTOP)
        try:
            for _ in range(10):
                hasty.ask()
        finally:
            both[0].send(signal.SIGCONT)
        until(lambda: idle(workers.ask()))
        hasty.close()
        assert nothing_left(client)

    def test_a_killed_exporters_remains_are_removed(
        self,
        broker: Valkey,
        workers: RedisWorkers,
        both: tuple[Process, Process],
        client: redis.Redis,
        tmp_path: Path,
    ) -> None:
        """List and binding of an exporter that died in the middle go with the next one's start."""
        both[0].send(signal.SIGSTOP)
        try:
            program = [sys.executable, "-c", ASK_FOR_LONG, broker.url]
            with spawn(program, name="killed", directory=tmp_path) as killed:
                until(lambda: client.smembers(BINDINGS))
                killed.kill()
        finally:
            both[0].send(signal.SIGCONT)
        until(lambda: list(client.scan_iter(match="timesketch-exporter.*")))
        # Workers answer in order: now all has come that is still on its way to the killed one.
        until(lambda: idle(workers.ask()))
        link = connect(BrokerOptions(broker.url))
        successor = RedisWorkers(link, timeout=1.0)
        successor.ask()
        assert nothing_left(client)
        successor.close()
        link.close()


class TestEnds:
    """Workers of this class's tests end."""

    def test_shutdown_and_death(
        self,
        broker: Valkey,
        workers: RedisWorkers,
        both: tuple[Process, Process],
        tmp_path_factory: pytest.TempPathFactory,
        uploads: Imports,
    ) -> None:
        """A worker in warm shutdown hears no question but stays connected; killed, it is gone."""
        assert both
        directory = tmp_path_factory.mktemp("third")
        with start_worker("third@host", broker.url, directory, "-c", "1", "-Q", "third") as third:
            until(lambda: "third@host" in names(workers.ask()))
            uploads.send(5, queue="third")
            until(lambda: seen(workers.ask(), Place.ACTIVE))
            third.send(signal.SIGTERM)
            reading = reading_where(workers, lambda now: now.receivers == 2 and names(now) == BOTH)
            assert "third@host" not in reading.bound
            assert reading.consumers is not None
            assert len(reading.consumers) == 3
            assert until(lambda: [each for each in workers.ask().consumers or () if each.idle >= 2])
            until(
                lambda: any(
                    "a worker in shutdown" in each.text
                    for each in check_workers(workers, HeartbeatReading())
                )
            )
            third.kill()
            until(lambda: len(workers.ask().consumers or ()) == 2)

    def test_two_workers_of_one_name_are_not_merged(
        self,
        broker: Valkey,
        workers: RedisWorkers,
        both: tuple[Process, Process],
        tmp_path_factory: pytest.TempPathFactory,
        uploads: Imports,
    ) -> None:
        """Both workers' tasks are seen, and the name counts as one that nobody answered under."""
        assert both
        directory = tmp_path_factory.mktemp("twin")
        with start_worker("solo@host", broker.url, directory, "-c", "1", "-Q", "twin"):
            until(lambda: workers.ask().malformed == ("solo@host",))
            task = uploads.send(6, queue="twin")
            assert until(lambda: seen(workers.ask(), Place.ACTIVE)).keys() == {task}
            assert workers.ask().receivers == 3
            uploads.let_go()

    def test_a_foreign_client_is_a_consumer(
        self, workers: RedisWorkers, both: tuple[Process, Process], client: redis.Redis
    ) -> None:
        """Whoever once waited for a list shows as consumer; the exporter itself never does."""
        until(lambda: len(workers.ask().consumers or ()) == 2)
        client.brpop(["somebody.elses.list"], timeout=0.01)
        consumers = workers.ask().consumers
        assert both
        assert consumers is not None
        assert len(consumers) == 3
        assert [each for each in consumers if each.connection_id == client.client_id()]
