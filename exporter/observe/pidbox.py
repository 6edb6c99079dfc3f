"""The wire form of Celery's remote control (kombu/pidbox.py): questions to workers, their replies.

kombu's own mailbox is not used, because it hides PUBLISH's answer, the number of workers that took
the question, which is what makes a missing answer visible.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REPLY_EXCHANGE = "reply.celery.pidbox"


@dataclass(frozen=True, slots=True)
class Question:
    """One remote control command; `destination` names the workers that shall answer (None: all)."""

    method: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    destination: tuple[str, ...] | None = None
    ticket: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True)
class Reply:
    """What one worker answered to the question with this ticket; the answer may be anything."""

    ticket: str
    worker: str
    answer: object


def encode(question: Question, *, reply_to: str, expires: float) -> bytes:
    """Return the message for the pidbox channel.

    `reply_to` is the routing key of the replies, `expires` a Unix time (workers do not look at it).
    """
    destination = None if question.destination is None else list(question.destination)
    body = {
        "method": question.method,
        "arguments": dict(question.arguments),
        "destination": destination,
        "pattern": None,
        "matcher": None,
        "ticket": question.ticket,
        "reply_to": {"exchange": REPLY_EXCHANGE, "routing_key": reply_to},
    }
    message = {
        "body": base64.b64encode(json.dumps(body).encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        # Workers set their logical clock to the larger of theirs and this one: 0 changes nothing.
        "headers": {"clock": 0, "expires": expires},
        "properties": {
            "delivery_mode": 1,
            "delivery_info": {"exchange": "celery.pidbox", "routing_key": ""},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid.uuid4()),
        },
    }
    return json.dumps(message).encode()


def decode(raw: bytes) -> Reply | None:
    """Return the reply in a message from the reply list; None if it is none."""
    message = _json(raw)
    if not isinstance(message, dict):
        return None
    headers = message.get("headers")
    ticket = headers.get("ticket") if isinstance(headers, dict) else None
    body = decode_body(message)
    if not isinstance(ticket, str) or not isinstance(body, dict) or len(body) != 1:
        return None
    ((worker, answer),) = body.items()
    return Reply(ticket, worker, answer)


def decode_body(message: Mapping[str, object]) -> object:
    """Return the JSON body in kombu's envelope; None if there is none that can be read."""
    body = message.get("body")
    properties = message.get("properties")
    if not isinstance(body, str):
        return None
    if isinstance(properties, dict) and properties.get("body_encoding") == "base64":
        try:
            return _json(base64.b64decode(body, validate=True))
        except (binascii.Error, ValueError):
            return None
    return _json(body)


def _json(text: bytes | str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
