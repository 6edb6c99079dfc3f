"""What the exporter could answer about three lost imports, as its API has it."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

REASONS = ["not in queue celery (0 messages read)", "1 of 1 connected workers answered"]


def timeline(timeline_id: int, sketch_id: int = 1, name: str | None = "disk.csv") -> Json:
    """A stuck timeline, as in a list of them."""
    return {
        "timeline_id": timeline_id,
        "sketch_id": sketch_id,
        "name": name,
        "verdict": "orphaned",
        "since": "2026-11-23T14:01:13.000Z",
        "task_ids": [],
        "worker": None,
        "reasons": REASONS,
    }


def repair(timeline_id: int, *refusals: tuple[str, str], dry_run: bool = False) -> Json:
    """A repair in a plan; `refusals` are guards and their reasons."""
    return {
        "repair_id": f"repair{timeline_id}",
        "target": "timeline",
        "target_id": timeline_id,
        "sketch_id": 1,
        "timeline_id": timeline_id,
        "name": "disk.csv",
        "reasons": REASONS,
        "changes": [f"timeline {timeline_id}: processing → fail"],
        "before": {},
        "decision": {
            "granted": not refusals and not dry_run,
            "dry_run": dry_run,
            "refusals": [{"guard": guard, "reason": reason} for guard, reason in refusals],
        },
    }


def plan(*repairs: Json, not_planned: tuple[Json, ...] = ()) -> Json:
    """A plan of these repairs."""
    granted = sum(each["decision"]["granted"] for each in repairs)
    return {
        "plan_id": "plan1",
        "made_at": "2026-11-23T14:02:00.000Z",
        "expires_at": "2026-11-23T14:12:00.000Z",
        "confirm": f"repair {granted}",
        "repairs": list(repairs),
        "not_planned": list(not_planned),
    }


def left_out(timeline_id: int, reason: str) -> Json:
    """A timeline that is not in the plan, or was no longer as it was shown."""
    return {"target": "timeline", "target_id": timeline_id, "reason": reason}


def entry(
    timeline_id: int, outcome: str | None, *refusals: tuple[str, str], detail: str = ""
) -> Json:
    """What the journal says of a repair."""
    return {
        "repair_id": f"repair{timeline_id}",
        "outcome": outcome,
        "target": "timeline",
        "target_id": timeline_id,
        "sketch_id": 1,
        "timeline_id": timeline_id,
        "name": "disk.csv",
        "refusals": [{"guard": guard, "reason": reason} for guard, reason in refusals],
        "detail": detail,
    }


def applied(
    *entries: Json, changed: tuple[Json, ...] = (), problem: str | None = None, not_tried: int = 0
) -> Json:
    """What became of a plan."""
    return {
        "entries": list(entries),
        "changed": list(changed),
        "problem": problem,
        "not_tried": not_tried,
    }
