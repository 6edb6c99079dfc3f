"""From answers to what workers hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.observe import answers
from exporter.observe.answers import WrongShapeError
from exporter.observe.held import held_by_worker, sightings
from exporter.observe.pidbox import Question, Reply
from exporter.observe.task_index import TaskIndex
from exporter.observe.timesketch_tasks import Subject
from exporter.snapshot import Place, Wanted

IMPORT = "timesketch.lib.tasks.run_csv_jsonl"
SHORT = "['f', '', '30', 'index', 'csv', 42]"


def entry(**more: object) -> dict[str, object]:
    """Return a task as `active(safe=True)` lists it (celery 5.7)."""
    return {
        "id": "t1",
        "name": IMPORT,
        "args": SHORT,
        "kwargs": "{}",
        "type": IMPORT,
        "hostname": "w@host",
        "time_start": 1000.0,
        "acknowledged": True,
        "delivery_info": {"exchange": "", "routing_key": "celery", "redelivered": None},
        "worker_pid": 12,
        **more,
    }


def test_reads_an_active_task() -> None:
    """Id, name, subject and start of a running task are taken over."""
    (task,) = answers.tasks("active", [entry()])
    assert (task.task_id, task.task_name, task.place) == ("t1", IMPORT, Place.ACTIVE)
    assert task.about == Subject(timeline_id=42, index_name="index")
    assert (task.started_at, task.redelivered, task.unclear) == (1000.0, False, False)


def test_reads_a_reserved_task() -> None:
    """Reserved tasks come with their arguments whole."""
    whole = entry(args=["f", "", "n", "i", "csv", 7, None, ","], kwargs={}, time_start=None)
    (task,) = answers.tasks("reserved", [whole])
    assert task.about == Subject(timeline_id=7, index_name="i")


def test_reads_a_scheduled_task() -> None:
    """A scheduled task is wrapped once more."""
    redelivered = entry(delivery_info={"redelivered": True})
    wrapped = {"eta": None, "priority": 6, "request": redelivered}
    (task,) = answers.tasks("scheduled", [wrapped])
    assert (task.place, task.redelivered) == (Place.SCHEDULED, True)


@pytest.mark.parametrize(
    "answer",
    [None, 5, "text", {}, {"error": "KeyError('x')"}, [None], [{}], [{"id": 1, "name": "n"}]],
)
@pytest.mark.parametrize("method", ["scheduled", "reserved", "active"])
def test_refuses_another_shape(method: str, answer: object) -> None:
    """What is not wholly a list of tasks could hide one."""
    with pytest.raises(WrongShapeError):
        answers.tasks(method, answer)


def test_reads_statistics() -> None:
    """Uptime, pool, processes, prefetch limit and pid come from `stats`."""
    pool = {"implementation": "celery.concurrency.prefork:TaskPool", "processes": [5, 6]}
    stats = {"uptime": 11, "pid": 4, "prefetch_count": 8, "pool": pool}
    found = answers.details(stats, tick=3.0)
    assert (found.uptime, found.pid, found.prefetch_limit, found.tick) == (11.0, 4, 8, 3.0)
    assert (found.pool, found.processes) == ("prefork", 2)


def test_a_pool_without_processes_tells_its_size() -> None:
    """Thread and green pools name no processes, but a maximum."""
    stats = {"pool": {"implementation": "a.b.gevent:TaskPool", "max-concurrency": 100}}
    found = answers.details(stats, tick=0.0)
    assert (found.pool, found.processes) == ("gevent", 100)


_json: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
_entries = st.fixed_dictionaries(
    {"id": st.just("t") | _json, "name": st.just(IMPORT) | _json},
    optional={
        "args": _json,
        "kwargs": _json,
        "time_start": _json,
        "delivery_info": _json,
        "request": _json,
    },
)


@given(st.sampled_from(sorted(answers.PLACES)), _json | st.lists(_entries, max_size=3))
def test_any_answer_is_read_or_refused(method: str, answer: object) -> None:
    """There is no third way out."""
    try:
        found = answers.tasks(method, answer)
    except WrongShapeError:
        return
    assert isinstance(answer, list)
    assert len(found) == len(answer)


@given(_json | st.fixed_dictionaries({"pool": _json, "uptime": _json, "pid": _json}))
def test_any_details_are_survived(answer: object) -> None:
    """Odd statistics, queues and look-ups are as good as none."""
    found = answers.details(answer, tick=0.0)
    assert found.uptime is None or found.uptime == found.uptime
    assert all(answers.queues(answer))
    assert all(isinstance(key, str) for key in answers.looked_up(answer))


def test_looks_up_by_task_id() -> None:
    """A `query_task` answer gives, by id, the state and the whole task."""
    whole = entry(args=["f", "x" * 5000, "n", "i", "csv", 7, None, ","], kwargs={})
    assert answers.looked_up({"t1": ["active", whole]})["t1"].timeline_id == 7


class TestLongAnswers:
    """The end of a look-up's answer that is too long to be fetched."""

    def text(self, events: str, **more: object) -> bytes:
        """Return the JSON text of an answer."""
        args = ["f", events, "a name", "index", "csv", 42, None, ","]
        task = entry(args=args, kwargs={}, **more)
        return json.dumps({"w@host": {"t1": ["active", task]}}).encode()

    @given(st.text(alphabet='\\"[]{}, x\u20ac', min_size=300), st.integers(1, 250))
    def test_names_the_timeline_wherever_the_events_are_cut(self, events: str, cut: int) -> None:
        """Quotes, brackets and backslashes in the events do not mislead."""
        text = self.text(events)
        begin = text.index(b'"f", "') + 6 + cut
        found = answers.looked_up_by_end(text[begin:])
        assert found in (Subject(timeline_id=42, index_name="index"), None)
        plain = self.text("x" * 300)
        begin = plain.index(b'"f", "') + 6 + cut
        assert answers.looked_up_by_end(plain[begin:]) == Subject(42, index_name="index")

    def test_refuses_another_number_of_arguments(self) -> None:
        """Were another argument the one that is cut, positions would be wrong."""
        text = self.text("x" * 300)
        begin = text.index(b"a name") + 2
        assert answers.looked_up_by_end(text[begin:]) is None

    @given(st.binary())
    def test_survives_anything(self, text: bytes) -> None:
        """What is no such end names nothing."""
        assert answers.looked_up_by_end(text) is None


class TestTogether:
    """The answers of all workers together."""

    questions = (Question("scheduled"), Question("reserved"), Question("active"))

    def replies(self, worker: str, *answered: object) -> list[Reply]:
        """Return a worker's replies to the first questions."""
        pairs = zip(self.questions, answered, strict=False)
        return [Reply(question.ticket, worker, answer) for question, answer in pairs]

    def test_who_answered_everything_counts(self) -> None:
        """A worker that still owes an answer is left out: it has not spoken yet."""
        replies = [*self.replies("a", [], [], [entry()]), *self.replies("b", [], [])]
        said = held_by_worker(self.questions, replies)
        assert said.answered.keys() == {"a"}
        assert said.malformed == ()

    def test_a_wrong_shape_is_told_and_the_rest_kept(self) -> None:
        """What could be read stays seen; the name counts as malformed."""
        said = held_by_worker(self.questions, self.replies("a", [], None, [entry()]))
        assert said.malformed == ("a",)
        assert [task.task_id for task in said.answered["a"]] == ["t1"]

    def test_twins_are_kept_apart_from_everybody(self) -> None:
        """Two workers of one name: both workers' tasks are kept, neither counts as answered."""
        replies = [
            *self.replies("a", [], [], [entry()]),
            *self.replies("a", [], [], [entry(id="t2")]),
        ]
        said = held_by_worker(self.questions, replies)
        assert said.malformed == ("a",)
        assert [task.task_id for task in said.answered["a"]] == ["t1", "t2"]


def test_an_unknown_import_is_kept_whatever_is_wanted() -> None:
    """A task whose arguments were cut and never seen could be the very one."""
    held = answers.tasks("active", [entry(args="['f', 'xxx...', ...]")])
    (seen,) = sightings("w", held, TaskIndex(), wanted=Wanted(), now_there=1010.0)
    assert (seen.timeline_id, seen.age) == (None, 10.0)


def test_the_index_fills_in_what_was_cut() -> None:
    """What the queue showed, followers included, belongs to the running task as well."""
    index = TaskIndex()
    index.note("t1", Subject(timeline_id=42), followers=(5, 6))
    held = answers.tasks("active", [entry(args="['f', 'xxx...', ...]")])
    wanted = Wanted(timeline_ids=frozenset({42}))
    (seen,) = sightings("w", held, index, wanted=wanted, now_there=0.0)
    assert (seen.timeline_id, seen.followers, seen.age) == (42, (5, 6), 0.0)
    assert sightings("w", held, index, wanted=Wanted(), now_there=0.0) == ()


def test_the_index_is_bounded() -> None:
    """The longest unseen tasks are forgotten; followers once known stay known."""
    index = TaskIndex(capacity=2)
    index.note("a", Subject(timeline_id=1), followers=(9,))
    index.note("b", Subject(timeline_id=2))
    index.note("a", Subject(timeline_id=1))
    index.note("c", Subject(timeline_id=3))
    assert index.subject("b") is None
    assert index.followers("a") == (9,)
