"""Messages in queues and in `unacked`, whole and by their ends."""

from __future__ import annotations

import json
from dataclasses import replace

from exporter.observe.message_ends import Ends
from exporter.observe.messages import (
    BIG,
    NeedsMore,
    Parsed,
    Task,
    Unreadable,
    read_ends,
    read_message,
)
from exporter.observe.redis_elements import CUTS
from exporter.observe.timesketch_tasks import IMPORT_ARGUMENTS, short_name
from tests.fuzz.target import Target
from tests.fuzz.wrapping import copied, envelope

_RAW, _BODY, _COPY = 0, 1, 2
_NAMES = (
    "timesketch.lib.tasks.run_csv_jsonl",
    "timesketch.lib.tasks.run_plaso",
    "timesketch.lib.tasks.run_sketch_analyzer",
    "timesketch.lib.tasks.run_sketch_init",
    "celery.chord",
    "other.task",
)
_CUTS = ((64, 256), (512, 512), (900, 3_000), *((cut.head, cut.tail) for cut in CUTS[:3]))
_SMALL = 100
_LARGEST_ID = 2**31


def one(data: bytes) -> None:
    """Read a message: the first byte says how the rest becomes one, the second of which name."""
    how, which, rest = data[:1], data[1:2], data[2:]
    if not how or how[0] % 3 == _RAW:
        raw, name = data[1:], None
    else:
        name = _NAMES[which[0] % len(_NAMES)] if which else None
        raw = envelope(rest, task=name, id="t1")
        raw = copied(raw) if how[0] % 3 == _COPY else raw
    whole = read_message(raw)
    for head, tail in _CUTS:
        seen = read_ends(Ends(len(raw), raw[:head], raw[-tail:]))
        if not isinstance(seen, NeedsMore) and _is_sound(rest if name else raw, whole):
            assert _told(seen) == _told(whole), "the ends tell what the whole does not"
    if name is not None:
        _keeps_its_timeline(name, rest, whole)


def _is_sound(text: bytes, whole: Parsed) -> bool:
    """Whether the ends can be expected to tell the same.

    A middle that is no JSON is not seen by them; and a long message was told by its ends itself.
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return len(text) <= BIG // 2 and not isinstance(whole, Unreadable)


def _told(parsed: Parsed) -> Parsed:
    """Without what only a whole message can be sent again with."""
    return replace(parsed, message=None) if isinstance(parsed, Task) else parsed


def _keeps_its_timeline(name: str, body: bytes, whole: Parsed) -> None:
    """A plain import that is understood names its timeline."""
    try:
        args = json.loads(body)[0]
        timeline_id = args[5]
    except (ValueError, RecursionError, LookupError, TypeError):
        return
    if short_name(name) not in IMPORT_ARGUMENTS or not isinstance(args, list):
        return
    if isinstance(whole, Task) and type(timeline_id) is int and 0 < timeline_id < _LARGEST_ID:
        named_otherwise = b"timeline_id" in body
        assert named_otherwise or whole.subject.timeline_id == timeline_id, "a timeline is lost"


def seeds() -> list[bytes]:
    """Each task of Timesketch's, alone, with events and with a chain behind it."""
    path = "/mnt/timesketch/upload/0123abcd"
    chain = [{"task": _NAMES[2], "args": [1, 7, "domain"], "kwargs": {}, "options": {}}]
    embed = {"callbacks": None, "errbacks": None, "chain": chain, "chord": None}
    csv = [path, "", "disk", "0a1b", "csv", 42, None, ","]
    streamed = ["", '{"message": "\\"x\\\\"}\n' * _SMALL, "disk", "0a1b", "jsonl", 42, None, ","]
    group = {"task": "celery.group", "args": [], "kwargs": {"tasks": chain}, "options": {}}
    bodies = [
        (0, [csv, {}, embed]),
        (0, [streamed, {}, embed]),
        (0, [["", ""], {"timeline_id": "42"}, {"chain": [group], "chord": chain[0]}]),
        (1, [csv[:7], {}, embed]),
        (2, [["0a1b", 1, 7, "domain"], {"timeline_id": None}, {}]),
        (3, [[["0a1b"]], {}, embed]),
        (4, [[[chain]], {}, {}]),
        (5, [[], {}, {"chain": chain}]),
    ]
    texts = [(which, json.dumps(body).encode()) for which, body in bodies]
    return [
        *(bytes([how, which]) + text for which, text in texts for how in (_BODY, _COPY)),
        *(b"\x00" + envelope(text, task=_NAMES[which], id="t1") for which, text in texts[:2]),
        b"\x00" + copied(envelope(texts[0][1], task=_NAMES[0], id="t1")),
        b"\x00" + envelope(json.dumps({"task": _NAMES[0], "args": csv, "id": "t1"}).encode()),
    ]


TARGET = Target(
    name="messages",
    one=one,
    seeds=seeds,
    tokens=(
        *(name.encode() for name in _NAMES),
        *(b'"compression": "application/x-gzip"', b'"body_encoding"', b'"headers"', b'"task"'),
        *(b'"timeline_id"', b'"chain"', b'"chord"', b'"callbacks"', b'"kwargs"', b'"options"'),
    ),
)
