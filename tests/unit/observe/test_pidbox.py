"""Remote control's wire form, against kombu's own."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.observe.pidbox import REPLY_EXCHANGE, Question, Reply, decode, decode_body, encode


def test_a_question_is_what_kombu_s_node_expects() -> None:
    """The body has the keys that `kombu.pidbox.Node` dispatches by."""
    question = Question("active", {"safe": True}, destination=("a@h",))
    message = json.loads(encode(question, reply_to="key", expires=5.0))
    body: Any = decode_body(message)
    assert (body["method"], body["arguments"]) == ("active", {"safe": True})
    assert (body["destination"], body["ticket"]) == (["a@h"], question.ticket)
    assert body["reply_to"] == {"exchange": REPLY_EXCHANGE, "routing_key": "key"}


def reply(body: object, **headers: object) -> bytes:
    """Return a message of a reply list."""
    packed = base64.b64encode(json.dumps(body).encode()).decode()
    properties = {"body_encoding": "base64"}
    return json.dumps({"body": packed, "headers": headers, "properties": properties}).encode()


def test_a_reply_is_read() -> None:
    """Ticket, node name and answer are taken from the message."""
    assert decode(reply({"a@h": []}, ticket="t")) == Reply("t", "a@h", [])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff",
        b"5",
        b"[" * 100_000,
        b'{"body": 5}',
        reply({"a": 1}),
        reply({"a": 1, "b": 2}, ticket="t"),
        reply([], ticket="t"),
        b'{"body": "%%", "headers": {"ticket": "t"}, "properties": {"body_encoding": "base64"}}',
    ],
)
def test_what_is_no_reply_is_left_out(raw: bytes) -> None:
    """Nothing in the list can break the scan."""
    assert decode(raw) is None


@given(st.binary())
def test_no_bytes_break_it(raw: bytes) -> None:
    """Whatever is popped, the answer is a reply or nothing."""
    assert decode(raw) is None
