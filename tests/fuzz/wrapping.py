"""The envelope that kombu puts around what is sent, so that what is inside can be fuzzed."""

from __future__ import annotations

import base64
import json


def envelope(body: bytes, **headers: object) -> bytes:
    """A message of kombu's, as it lies in Redis."""
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": headers,
            "properties": {
                "body_encoding": "base64",
                "delivery_tag": "d5e8b2b4-0000-4000-8000-000000000000",
                "delivery_info": {"exchange": "", "routing_key": "celery"},
            },
        }
    ).encode()


def copied(message: bytes) -> bytes:
    """The copy of a message that lies in `unacked` while a worker has it."""
    return b"[" + message + b', "", "celery"]'
