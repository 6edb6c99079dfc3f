"""A judgement as the JSON document of the public contract (design.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from exporter.rfc3339 import rfc3339
from exporter.web.api import judged

if TYPE_CHECKING:
    from exporter.snapshot import Judgement


def document(judgement: Judgement) -> str:
    """The whole judgement; times are RFC 3339 in UTC, what is not known is null."""
    content = {
        "complete": judgement.complete,
        "incomplete_because": list(judgement.incomplete_because),
        "scanned_at": rfc3339(judgement.at),
        "timelines": [judged.timeline(each) for each in judgement.timelines],
        "analyses": [judged.analysis(each) for each in judgement.analyses],
        "workers": [judged.worker(each) for each in judgement.workers],
        "queues": [judged.queue(each) for each in judgement.queues],
    }
    return json.dumps(content, indent=2)
