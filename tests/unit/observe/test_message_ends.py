"""Reading a message by its two ends says what reading all of it says."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from exporter.observe.message_ends import Ends, body, envelope
from exporter.observe.messages import NeedsMore, read_ends, read_message
from tests.unit.observe.published import edited, prefetched, published

#: Characters that JSON text and its cutting make difficult.
TRICKY = st.text(alphabet=st.sampled_from('\\"[]{},: \nnu0é€😀\x00'), max_size=60)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TRICKY
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TRICKY, inner, max_size=3),
    max_leaves=6,
)
ARGS = st.lists(VALUES, max_size=9)
DICTS = st.dictionaries(TRICKY, VALUES, max_size=3)
PLAIN_MESSAGE = published("run_csv_jsonl", ["", "", "n", "i", "csv", 1, None, ","])


@st.composite
def bodies(draw: st.DrawFn) -> tuple[list[Any], bytes]:
    """Draw [args, kwargs, embed] and its text, in any of the usual spellings."""
    value = [draw(ARGS), draw(DICTS), draw(DICTS)]
    text = json.dumps(
        value,
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([(", ", ": "), (",", ":"), (" , ", " : ")])),
    )
    return value, text.encode()


@given(bodies(), st.data())
def test_ends_of_a_body_are_exact(made: tuple[list[Any], bytes], data: st.DataObject) -> None:
    """Wherever a body is cut: the arguments before and after the gap are the true ones, or none."""
    (args, kwargs, embed), text = made
    length = len(text)
    fixed = data.draw(st.integers(0, length), label="cut")
    cuts = [(fixed, cut) for cut in range(length)] + [(cut, fixed) for cut in range(length)]
    for head, tail in cuts:
        seen = body(text[:head], text[length - tail :])
        if seen is not None:
            assert seen.first == args[: len(seen.first)]
            assert seen.last == args[len(args) - len(seen.last) :]
            assert (seen.kwargs, seen.embed) == (kwargs, embed)


@given(text=TRICKY, head=st.integers(0, 999), tail=st.integers(0, 999), ascii_only=st.booleans())
def test_cut_in_one_long_text_is_found(
    *, text: str, head: int, tail: int, ascii_only: bool
) -> None:
    """A gap within the one long argument is always understood."""
    args = ["", text + "x" * 1000 + text, "name", "index", "jsonl", 7, None, ","]
    value = [args, {}, {"chain": None}]
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    first, last = raw.index(b"xxx"), raw.rindex(b"xxx") + 2
    seen = body(raw[: first + head], raw[last - tail - 1 :])
    assert seen is not None
    assert (seen.first, seen.last) == (args[:1], args[2:])


@example(
    args=[None, None, None, None, None, 0, None, None],
    long_text="0",
    repeat=1,
    position=3,
    head=38,
    tail=937,
    copy=False,
)
@given(
    args=st.lists(LEAVES, min_size=6, max_size=9),
    long_text=TRICKY,
    repeat=st.integers(1, 400),
    position=st.integers(0, 8),
    head=st.integers(16, 2000),
    tail=st.integers(16, 4000),
    copy=st.booleans(),
)
def test_ends_of_a_message_tell_what_the_whole_tells(
    *,
    args: list[Any],
    long_text: str,
    repeat: int,
    position: int,
    head: int,
    tail: int,
    copy: bool,
) -> None:
    """Either the ends tell exactly the whole message's task, or they ask for more."""
    args[min(position, len(args) - 1)] = long_text * repeat
    raw = _with_body([args, {}, {"chain": None}])
    raw = prefetched(raw) if copy else raw
    seen = read_ends(Ends(len(raw), raw[:head], raw[-tail:]))
    assert isinstance(seen, NeedsMore) or seen == read_message(raw)


def _with_body(value: object) -> bytes:
    """Return a message like Celery's with another body."""
    decoded = json.loads(PLAIN_MESSAGE)
    text = json.dumps(value).encode()
    return edited(
        PLAIN_MESSAGE, body=base64.b64encode(text).decode(), properties=decoded["properties"]
    )


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_survived(head: bytes, tail: bytes) -> None:
    """Ends of something else are refused without an error."""
    envelope(Ends(1000, head, tail))
    body(head, tail)


def test_tail_that_begins_behind_the_body_is_refused() -> None:
    """A tail that shows labels only must not pass for the end of a body, wherever it begins."""
    raw = PLAIN_MESSAGE
    start = raw.index(b'", "content-encoding"')
    for begin in range(start + 1, len(raw)):
        assert envelope(Ends(len(raw), raw[:100], raw[begin:])) is None
