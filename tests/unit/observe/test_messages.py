"""Messages of kombu, from bytes to tasks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from celery import chain, chord, group

from exporter.observe.message_ends import Ends
from exporter.observe.messages import (
    Foreign,
    NeedsMore,
    Task,
    Unreadable,
    read_ends,
    read_message,
)
from exporter.observe.timesketch_tasks import Subject
from tests.unit.observe.published import (
    PREFIX,
    captured,
    edited,
    prefetched,
    producer,
    published,
)

if TYPE_CHECKING:
    from celery import Signature

IMPORT = ["/upload/f", "", "name", "index", "csv", 7, None, ","]
LINE = '{"message": "a \\"quoted\\" path C:\\\\temp\\\\", "datetime": "2024"}\n'


def _signature(name: str, *args: object, **options: object) -> Signature:
    return producer().signature(PREFIX + name, args=args, **options)


def _task(raw: bytes) -> Task:
    parsed = read_message(raw)
    assert isinstance(parsed, Task)
    return parsed


def _unreadable(raw: bytes) -> Unreadable:
    parsed = read_message(raw)
    assert isinstance(parsed, Unreadable)
    return parsed


def _chain_of_upload() -> bytes:
    """Return what `build_index_pipeline` sends with two automatic analyzers and mail."""
    app = producer()
    analyzers = chain(
        _signature("run_sketch_analyzer", 1, 41, "one", kwargs={"timeline_id": None}),
        _signature("run_sketch_analyzer", 1, 42, "two", kwargs={"timeline_id": None}),
        _signature("run_email_result_task", 1),
    )
    pipeline = chain(
        _signature("run_csv_jsonl", *IMPORT), _signature("run_sketch_init"), analyzers, app=app
    )
    return captured(app, pipeline.apply_async)


@pytest.mark.parametrize(
    ("name", "args"),
    [("run_csv_jsonl", IMPORT), ("run_plaso", ["/p", "", "name", "index", "plaso", 7, ""])],
)
def test_import_names_its_timeline(name: str, args: list[object]) -> None:
    """The sixth argument of an import is its timeline, the fourth its index."""
    task = _task(published(name, args, task_id="t-1"))
    assert task.subject == Subject(timeline_id=7, index_name="index")
    assert (task.task_id, task.task_name) == ("t-1", PREFIX + name)
    assert (task.routing_key, task.redelivered) == ("celery", False)
    assert task.delivery_tag


def test_import_names_its_timeline_by_keyword() -> None:
    """A timeline may be given as a keyword argument."""
    assert _task(published("run_csv_jsonl", IMPORT[:5], {"timeline_id": 8})).subject == Subject(
        timeline_id=8, index_name="index"
    )


def test_import_is_known_by_the_last_part_of_its_name() -> None:
    """A task module that was moved changes nothing."""
    app = producer()
    raw = captured(app, lambda: app.send_task("elsewhere.run_csv_jsonl", IMPORT))
    assert _task(raw).subject.timeline_id == 7


def test_followers_of_an_upload_come_in_their_order() -> None:
    """The analyses behind an import are those of its chain, next one first."""
    assert _task(_chain_of_upload()).followers == (41, 42)


def test_head_of_an_analyzer_chain_names_its_index_and_followers() -> None:
    """run_sketch_init has no ids of its own."""
    app = producer()
    pipeline = chain(
        _signature("run_sketch_init", ["index"]),
        _signature("run_sketch_analyzer", 1, 51, "one"),
        app=app,
    )
    task = _task(captured(app, pipeline.apply_async))
    assert task.subject == Subject(index_name="index")
    assert task.followers == (51,)


def test_analyzer_names_its_analysis() -> None:
    """Once begun, an analyzer's third argument is its analysis."""
    raw = published("run_sketch_analyzer", ["index", 3, 61, "one"], {"timeline_id": 9})
    assert _task(raw).subject == Subject(analysis_id=61, sketch_id=3, index_name="index")


def test_followers_in_a_group_are_found() -> None:
    """A group within the chain holds signatures of its own."""
    app = producer()
    members = group(
        _signature("run_sketch_analyzer", 1, 71, "one"),
        _signature("run_sketch_analyzer", 1, 72, "two"),
    )
    pipeline = chain(_signature("run_sketch_init", ["index"]), members, app=app)
    assert _task(captured(app, pipeline.apply_async)).followers == (71, 72)


def test_followers_in_a_nested_chord_are_found() -> None:
    """A chord within the chain holds a header and a body."""
    app = producer()
    nested = chord(
        [_signature("run_sketch_analyzer", 1, 81, "one")],
        _signature("run_sketch_analyzer", 1, 82, "two"),
    )
    pipeline = chain(
        _signature("run_sketch_init", ["index"]),
        _signature("run_sketch_analyzer", 1, 80, "zero"),
        nested,
        app=app,
    )
    assert _task(captured(app, pipeline.apply_async)).followers == (80, 81, 82)


def test_callback_and_immutable_signature_are_followers() -> None:
    """A callback counts, and an immutable signature gets no index name put before its arguments."""
    app = producer()
    callback = _signature("run_sketch_analyzer", "index", 1, 91, "one", immutable=True)
    head = _signature("run_sketch_init", ["index"])
    head.link(callback)
    assert _task(captured(app, head.apply_async)).followers == (91,)


def test_foreign_task_hides_nothing() -> None:
    """Another application's task is known to be none of Timesketch's, whatever it carries."""
    parsed = read_message(published("find_data_task", ["rule", 1]))
    assert isinstance(parsed, Foreign)
    assert parsed.task_name == PREFIX + "find_data_task"


def test_foreign_task_before_an_analysis_is_a_sighting_of_it() -> None:
    """Followers count, whoever goes before them."""
    app = producer()
    pipeline = chain(
        _signature("find_data_task", 1), _signature("run_sketch_analyzer", 1, 95, "one"), app=app
    )
    task = _task(captured(app, pipeline.apply_async))
    assert (task.subject, task.followers) == (Subject(), (95,))


def test_copy_in_unacked_is_read_like_the_message() -> None:
    """What a worker notes of a message carries the same task, and its routing key."""
    raw = _chain_of_upload()
    assert read_message(prefetched(raw)) == read_message(raw)
    assert _task(prefetched(raw, routing_key="video")).routing_key == "video"


def test_redelivered_message_says_so() -> None:
    """A kombu transport marks what it hands out again."""
    raw = published("run_csv_jsonl", IMPORT)
    headers = json.loads(raw)["headers"] | {"redelivered": True}
    assert _task(edited(raw, headers=headers)).redelivered


def test_protocol_1_is_understood() -> None:
    """Celery's older protocol keeps name, id and arguments in the body."""
    task = _task(published("run_csv_jsonl", IMPORT, task_protocol=1, task_id="old"))
    assert (task.task_id, task.subject.timeline_id) == ("old", 7)


def test_compressed_message_is_understood() -> None:
    """Celery may be told to compress messages."""
    assert _task(published("run_csv_jsonl", IMPORT, compression="zlib")).subject.timeline_id == 7


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"serializer": "pickle"}, "one in application/x-python-serialize"),
        ({"serializer": "yaml"}, "one in application/x-yaml"),
        ({"compression": "bzip2"}, "one compressed as application/x-bz2"),
    ],
)
def test_opaque_body_of_an_import_hides_it(options: dict[str, Any], why: str) -> None:
    """An import whose body is not read, may be anybody's import; pickle is never loaded."""
    parsed = _unreadable(published("run_csv_jsonl", IMPORT, **options))
    assert parsed.why == f"{PREFIX}run_csv_jsonl, {why}"
    assert parsed.hides
    assert parsed.delivery_tag


def test_opaque_body_of_a_foreign_task_hides_nothing() -> None:
    """The name in the headers is enough to let a foreign task pass."""
    assert isinstance(read_message(published("other", [1], serializer="pickle")), Foreign)


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (IMPORT[:5], "run_csv_jsonl without timeline_id"),
        ([*IMPORT[:5], {"id": 7}], "run_csv_jsonl with an id that is no number"),
        ([*IMPORT[:5], True], "run_csv_jsonl with an id that is no number"),
        # It would fit into no database, the history's neither.
        ([*IMPORT[:5], 2**31], "run_csv_jsonl with an id that is no number"),
        ([*IMPORT[:5], "9999999999"], "run_csv_jsonl with an id that is no number"),
    ],
)
def test_import_without_a_timeline_hides_one(args: list[object], why: str) -> None:
    """An import that does not tell its timeline, might be that of any."""
    assert _unreadable(published("run_csv_jsonl", args)).why == why


def test_import_behind_another_task_hides_its_timeline() -> None:
    """A chain of another shape than Timesketch's is not guessed at."""
    app = producer()
    pipeline = chain(
        _signature("run_sketch_init", ["i"]), _signature("run_csv_jsonl", *IMPORT), app=app
    )
    parsed = _unreadable(captured(app, pipeline.apply_async))
    assert "waits behind another task" in parsed.why


def test_built_in_task_around_an_import_hides_it() -> None:
    """celery.starmap and the like carry other tasks in their arguments."""
    app = producer()
    inner = dict(_signature("run_csv_jsonl"))
    raw = captured(app, lambda: app.send_task("celery.starmap", (inner, [IMPORT])))
    assert "celery.starmap around" in _unreadable(raw).why


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        b"7",
        b"[]",
        b"[1, 2, 3]",
        b"{}",
        b'{"properties": 3}',
        b"[" * 100_000,
    ],
)
def test_what_kombu_could_not_decode_hides_nothing(raw: bytes) -> None:
    """No worker can ever get a task out of it, so nothing is lost by passing it over."""
    assert not _unreadable(raw).hides


@pytest.mark.parametrize(
    "parts",
    [
        {"body": "!"},
        {"body": None},
        {"body": "bnVsbA=="},
        {"body": "W10="},
        {"body": "W3t9LCB7fSwge31d"},
        {"properties": {"body_encoding": "rot13"}},
    ],
)
def test_damaged_body_of_an_import_hides_it(parts: dict[str, object]) -> None:
    """A body that is missing, no base64, no list of three or of other parts is opaque."""
    assert _unreadable(edited(published("run_csv_jsonl", IMPORT), **parts)).hides


def test_body_without_encoding_is_plain_text() -> None:
    """A body is left as it is, when kombu is told to."""
    raw = published("run_csv_jsonl", IMPORT)
    body = json.dumps([IMPORT, {}, {}])
    assert _task(edited(raw, body=body, properties={})).subject.timeline_id == 7


def test_message_without_a_name_is_no_task() -> None:
    """A worker rejects a message in which neither headers nor body name a task."""
    raw = edited(published("run_csv_jsonl", IMPORT), headers={})
    assert not _unreadable(raw).hides


def _streamed(lines: int) -> bytes:
    return published("run_csv_jsonl", ["", LINE * lines, *IMPORT[2:]])


@pytest.mark.parametrize("copy", [False, True])
def test_long_message_is_told_by_its_ends(copy: bool) -> None:  # noqa: FBT001 - a parameter
    """The ends of a streamed upload suffice, in a queue and in `unacked`."""
    raw = _streamed(5000)
    raw = prefetched(raw) if copy else raw
    told = read_ends(Ends(len(raw), raw[:512], raw[-4096:]))
    assert isinstance(told, Task)
    assert told == read_message(raw)
    assert told.subject.timeline_id == 7


def test_ends_that_are_too_short_ask_for_more() -> None:
    """Where the tail shows labels only, nothing is guessed."""
    raw = _streamed(5000)
    assert isinstance(read_ends(Ends(len(raw), raw[:512], raw[-600:])), NeedsMore)
    assert isinstance(read_ends(Ends(len(raw), raw[:5], raw[-4096:])), NeedsMore)


def test_two_long_arguments_are_not_mistaken_for_one() -> None:
    """Arguments hidden between the ends would shift the timeline's position: more is asked for."""
    raw = published("run_csv_jsonl", ["", LINE * 500, "n" * 50_000, "index", "csv", 5, 6, ","])
    assert isinstance(read_ends(Ends(len(raw), raw[:512], raw[-6000:])), NeedsMore)
    assert _task(raw).subject.timeline_id == 5


def test_long_foreign_task_is_told_by_its_ends() -> None:
    """Whatever a foreign task carries, is not fetched."""
    raw = published("other", ["x" * 100_000])
    assert isinstance(read_ends(Ends(len(raw), raw[:512], raw[-4096:])), Foreign)


def test_long_compressed_or_opaque_message_is_read_whole() -> None:
    """The ends of a body that is no JSON text tell nothing."""
    raw = published("run_csv_jsonl", ["", LINE * 5000, *IMPORT[2:]], serializer="yaml")
    assert isinstance(read_ends(Ends(len(raw), raw[:512], raw[-4096:])), NeedsMore)
    assert _unreadable(raw).hides
