"""What real workers answered (bench/recorded.json), multiplied to as many workers as wanted.

Names, ids, timelines and ages are changed; the shape stays Celery's.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

from exporter.observe import answers
from exporter.snapshot import DataSource, ProcessingTimeline

_FIRST_ID = 1_000
_SPREAD = 7_200


class Recorded:
    """The recording; a worker's number says which of the recorded ones it is like."""

    def __init__(self) -> None:
        file = Path(__file__).with_name("recorded.json")
        self._recorded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        self._consumers = [
            line for line in self._recorded["clients"].splitlines() if "cmd=brpop" in line
        ]
        (reserved,) = _body(self._recorded["replies"]["reserved"][0]).values()
        self._held = len(reserved) + 1

    @property
    def made_with(self) -> dict[str, str]:
        """The versions that the recording was made with."""
        versions: dict[str, str] = self._recorded["made_with"]
        return versions

    def reply(self, method: str, number: int) -> bytes:
        """A worker's reply, as it lies in Redis; the ticket is the method."""
        text = self._like(method, number)
        (tasks,) = _body(text).values()
        first = number * self._held + (1 if method == "active" else 2)
        for timeline_id, entry in enumerate(tasks, first):
            entry["id"] = f"{entry['id'][:-12]}{timeline_id:012d}"
            entry["args"] = _about(entry["args"], timeline_id)
        message = json.loads(text)
        body = json.dumps({f"celery@w{number}": tasks}).encode()
        message["body"] = base64.b64encode(body).decode()
        message["headers"]["ticket"] = method
        return json.dumps(message).encode()

    def client(self, number: int) -> str:
        """A worker's consumer, as a line of CLIENT LIST."""
        line = self._consumers[number % len(self._consumers)]
        line = re.sub(r"^id=\d+", f"id={_FIRST_ID + number}", line)
        return re.sub(r" age=\d+ idle=\d+", f" age={_age(number)} idle=0", line)

    def details(self, number: int) -> answers.Details:
        """What a worker says of itself; it is as old as its connection."""
        (stats,) = _body(self._like("stats", number)).values()
        return answers.details({**stats, "uptime": _age(number)}, tick=0.0)

    def timeline(self, number: int) -> ProcessingTimeline:
        """A row as it was read, an hour old."""
        row = dict(self._recorded["timeline"])
        sources = tuple(
            DataSource(**{**each, "data_source_id": number, "status_id": number})
            for each in row["data_sources"]
        )
        changed = {"timeline_id": number, "status_id": number, "status_age": 3_600.0}
        return ProcessingTimeline(**{**row, **changed, "data_sources": sources})

    def _like(self, method: str, number: int) -> str:
        replies = self._recorded["replies"][method]
        text: str = replies[number % len(replies)]
        return text


def _body(reply: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(base64.b64decode(json.loads(reply)["body"]))
    return body


def _about(args: Any, timeline_id: int) -> Any:  # noqa: ANN401  a list, or its short form
    if isinstance(args, list):
        return [*args[:5], timeline_id, *args[6:]]
    return re.sub(r", \d+, (None, ','[\])])", rf", {timeline_id}, \1", args)


def _age(number: int) -> int:
    return 600 + number * 7 % _SPREAD
