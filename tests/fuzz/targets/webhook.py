"""Bodies that are posted to the webhook, as they are read and as they are stored."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from exporter.repair.journal import Journal, open_journal
from exporter.web.webhook.asking import understand
from exporter.web.webhook.payload import PayloadError, read
from tests.fuzz.scratch import place
from tests.fuzz.target import Target

_FIXTURES = Path(__file__).parents[2] / "unit" / "fixtures" / "alertmanager"
_CAPACITY = 10**9


def one(data: bytes) -> None:
    """Read a body, store what it asks for, and read that back."""
    try:
        notification = read(data)
    except PayloadError as error:
        str(error).encode()
        return
    understood = understand(notification)
    inbox = _journal().inbox
    inbox.take_in(understood.asked, quiet=0.0, capacity=_CAPACITY)
    for asked in understood.asked[:3]:
        stored = inbox.attempts(asked.request_id)[-1]
        assert stored.asked.target_id == asked.target_id, "stored as another request"


@cache
def _journal() -> Journal:
    return open_journal(f"sqlite:///{place('webhook-journal.db')}", instance="host:1", version="1")


def seeds() -> list[bytes]:
    """What Alertmanager sent, and one alert for an analysis in few bytes."""
    small = json.loads((_FIXTURES / "0.34-firing.json").read_text(encoding="utf-8"))
    small["alerts"] = small["alerts"][:1]
    small["alerts"][0]["labels"] = {"repair": "analysis", "analysis_id": "7"}
    small["truncatedAlerts"] = 3
    return [
        *(path.read_bytes() for path in sorted(_FIXTURES.glob("*.json"))),
        json.dumps(small).encode(),
    ]


TARGET = Target(
    name="webhook",
    one=one,
    seeds=seeds,
    tokens=(
        *(b'"repair"', b'"timeline_id"', b'"analysis_id"', b'"firing"', b'"resolved"', b'"labels"'),
        *(b'"0001-01-01T00:00:00Z"', b'"9999-12-31T23:59:59+14:00"', b'"startsAt"', b"-5e30"),
    ),
)
