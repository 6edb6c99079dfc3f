"""Events as Timesketch's import client sends them: JSON lines."""

from __future__ import annotations

import json


def events(count: int, *, message: str) -> str:
    """Return `count` events with this message, numbered."""
    return "\n".join(
        json.dumps(
            {
                "message": f"{message} {number}",
                "datetime": "2026-11-23T10:00:00+00:00",
                "timestamp_desc": "written",
            }
        )
        for number in range(count)
    )
