"""Reading a Celery message by its two ends, so that tens of megabytes in between stay unread.

A streamed upload carries its events inside the message, as one long string among the arguments:

    {"body": "<base64 of [[..., "events...", 7, ...], {kwargs}, {embed}]>", ..., "headers": ...}

The head tells how many arguments stand before the string that is cut, the tail everything after
it. What is returned is exact: where the ends could be understood in two ways, they are refused.
"""

from __future__ import annotations

import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

#: How a message in a queue, or its copy in `unacked` ([message, exchange, routing key]), begins.
_START = re.compile(rb'\s*(?P<copy>\[\s*)?\{\s*"body"\s*:\s*"')
#: Without these after the body, the tail began somewhere behind the body already.
_ENVELOPE = frozenset({"content-encoding", "content-type", "headers", "properties"})
_ESCAPES = re.compile(rb"\\*")
_SEPARATOR = re.compile(r"\s*([,\]])\s*")
_ARGUMENTS = re.compile(r"\s*\[\s*\[\s*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Ends:
    """A long element of a list or hash: its length in bytes, how it begins and how it ends."""

    length: int
    head: bytes
    tail: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message without the middle of its body.

    `message` is the decoded object, with an empty body; `exchange` and `routing_key` are known for
    copies in `unacked`. `body_head` and `body_tail` are the decoded body's ends.
    """

    message: dict[str, Any]
    exchange: str | None
    routing_key: str | None
    body_head: bytes
    body_tail: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """A body [args, kwargs, embed] with a gap in its arguments.

    The gap begins with argument number `len(first)` and ends before the arguments `last`.
    """

    first: list[Any]
    last: list[Any]
    kwargs: dict[str, Any]
    embed: dict[str, Any]


def envelope(ends: Ends) -> Envelope | None:
    """Return a long message's envelope, or None if the ends do not show it whole."""
    start = _START.match(ends.head)
    stop = ends.tail.find(b'"')
    if start is None or stop < 0:
        return None
    opening = b'[{"body": "' if start["copy"] else b'{"body": "'
    try:
        # Should the tail begin behind the body, quotes are taken the wrong way round and this
        # fails, or one of the keys is missing.
        decoded = _DECODER.decode((opening + ends.tail[stop:]).decode())
        message, exchange, routing_key = decoded if start["copy"] else (decoded, None, None)
        head, tail = ends.head[start.end() :].partition(b'"')[0], ends.tail[:stop]
        body_head = binascii.a2b_base64(head[: len(head) // 4 * 4], strict_mode=True)
        body_tail = binascii.a2b_base64(tail[len(tail) % 4 :], strict_mode=True)
    except (ValueError, RecursionError):
        return None
    properties = message.get("properties")
    whole = not _ENVELOPE - message.keys() and isinstance(properties, dict)
    if not whole or properties.get("body_encoding") != "base64":
        return None
    return Envelope(message, exchange, routing_key, body_head, body_tail)


def body(head: bytes, tail: bytes) -> Body | None:
    """Return a body whose gap lies among its arguments, or None if it lies elsewhere.

    `head` and `tail` are the beginning and the end of the body's JSON text, cut anywhere.
    """
    first = _complete_arguments(head)
    rest = _after_cut_string(tail)
    if first is None or rest is None:
        return None
    (_, *last), kwargs, embed = rest
    return Body(first, last, kwargs, embed)


def _complete_arguments(head: bytes) -> list[Any] | None:
    """Return the arguments that stand before the first one that is cut."""
    # A cut character can only belong to the argument that is cut as well.
    text = head.decode(errors="replace")
    opening = _ARGUMENTS.match(text)
    if opening is None:
        return None
    found: list[Any] = []
    position = opening.end()
    while True:
        if text.startswith('"', position) and text.find('"', position + 1) < 0:
            # The string that is cut; decoding it would say so by a costly error.
            return found
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            return found
        separator = _SEPARATOR.match(text, position)
        if separator is None:
            # Perhaps the first digits of a longer number.
            return found
        if separator[1] == "]":
            # All arguments are here; the gap lies behind them.
            return None
        found.append(value)
        position = separator.end()


def _after_cut_string(tail: bytes) -> list[Any] | None:
    """Return [["", *arguments after the cut one], kwargs, embed].

    Whether the first character of the tail is escaped, cannot be seen, so the search for the end
    of the cut string begins behind it. That the rest is then valid JSON proves that this was the
    end of a string (else the quotes would be odd in number), and that the string stood directly
    among the arguments (else the brackets would not fit).
    """
    escapes = _ESCAPES.match(tail)
    begin = (escapes.end() if escapes else 0) + 1
    # Escaped backslashes, then escaped quotes, give way to as many other characters; this is ten
    # times as fast as a regular expression.
    end = tail[begin:].replace(rb"\\", b"..").replace(rb"\"", b"..").find(b'"')
    if end < 0:
        return None
    try:
        rest = _DECODER.decode('[[""' + tail[begin + end + 1 :].decode())
    except (ValueError, RecursionError):
        return None
    if len(rest) != 3 or not all(isinstance(part, dict) for part in rest[1:]):  # noqa: PLR2004
        return None
    return list(rest)
