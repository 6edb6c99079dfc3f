"""The JSON document is the public contract, key for key."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given

from exporter.commands.document import document
from exporter.snapshot import Judgement, Verdict, WorkerState
from tests.judgements import JUDGEMENTS, analysis, judgement, timeline, worker


def test_contract() -> None:
    """Every key of the contract is there, no other is, and times are RFC 3339 in UTC."""
    made = judgement(
        timeline(7, Verdict.ORPHANED),
        analyses=(analysis(3, Verdict.WAITING),),
        workers=(worker("celery@w1", WorkerState.UP),),
        incomplete_because=("celery@w2 is silent",),
    )
    assert json.loads(document(made)) == {
        "complete": False,
        "incomplete_because": ["celery@w2 is silent"],
        "scanned_at": "2025-11-23T09:00:00.000Z",
        "timelines": [
            {
                "timeline_id": 7,
                "sketch_id": 1,
                "name": "disk-7",
                "verdict": "orphaned",
                "since": "2025-11-23T08:50:00.000Z",
                "task_ids": ["task-7"],
                "worker": "celery@w1",
                "reasons": [
                    "not in queue celery (312 messages read)",
                    "3 of 3 connected workers answered",
                ],
                "progress": None,
            }
        ],
        "analyses": [
            {
                "analysis_id": 3,
                "sketch_id": 1,
                "timeline_id": 1,
                "analyzer": "domain",
                "verdict": "waiting",
                "since": "2025-11-23T08:50:00.000Z",
                "task_ids": [],
                "worker": None,
                "reasons": ["its predecessor is still running"],
            }
        ],
        "workers": [
            {
                "worker": "celery@w1",
                "state": "up",
                "last_heartbeat": "2025-11-23T08:59:59.000Z",
                "active": 2,
                "pool": "prefork",
            }
        ],
        "queues": [{"queue": "celery", "ready": 3, "unacked": 1}],
    }


def test_unknown_is_null() -> None:
    """What is not known is null and never 0."""
    silent = replace(worker("w", WorkerState.DEAD), last_heartbeat=None, active=None, pool=None)
    made = json.loads(document(judgement(workers=(silent,))))
    assert made["workers"][0]["last_heartbeat"] is None
    assert made["workers"][0]["active"] is None


@given(JUDGEMENTS)
def test_every_judgement_is_a_document(made: Judgement) -> None:
    """Any judgement becomes a document that parses, in plain ASCII."""
    text = document(made)
    assert text.isascii()
    assert len(json.loads(text)["timelines"]) == len(made.timelines)
