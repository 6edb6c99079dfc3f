"""Notifications as Alertmanager sends them: real ones, and others made after them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[2] / "fixtures" / "alertmanager"
REAL = sorted(FIXTURES.glob("*.json"))
"""Bodies that Alertmanager 0.25 sent; 0.34's is one of them with the keys that it has more."""

STARTED = "2026-11-27T00:23:03.123Z"


# JSON has no better type.
def alert(
    timeline_id: int | str | None = 4,
    *,
    status: str = "firing",
    repair: str | None = "timeline",
    starts_at: str = STARTED,
    fingerprint: str | None = None,
    **labels: str,
) -> dict[str, Any]:
    """An alert for a timeline."""
    named = {"alertname": "TimesketchTimelineOrphaned", "severity": "critical", **labels}
    if timeline_id is not None:
        named["timeline_id"] = str(timeline_id)
    if repair is not None:
        named["repair"] = repair
    return {
        "status": status,
        "labels": named,
        "annotations": {"summary": "A timeline says processing while nothing processes it"},
        "startsAt": starts_at,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=x&g0.tab=1",
        "fingerprint": fingerprint or f"df57167cb3d7{timeline_id or 0:>04}",
    }


def notification(*alerts: dict[str, Any], truncated: int = 0, **changes: object) -> dict[str, Any]:
    """A notification of these alerts."""
    return {
        "receiver": "timesketch-exporter",
        "status": "firing",
        "alerts": list(alerts),
        "groupLabels": {"repair": "timeline"},
        "commonLabels": {"alertname": "TimesketchTimelineOrphaned", "repair": "timeline"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "version": "4",
        "groupKey": '{}/{repair=~"timeline|analysis"}:{repair="timeline"}',
        "truncatedAlerts": truncated,
        **changes,
    }


def body(*alerts: dict[str, Any], truncated: int = 0, **changes: object) -> bytes:
    """The same, as it is posted."""
    return json.dumps(notification(*alerts, truncated=truncated, **changes)).encode()
