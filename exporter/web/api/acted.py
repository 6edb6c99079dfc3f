"""Plans, what became of them and how the guards stand, as the plain values of the API's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.journal.codec import encode
from exporter.repair.journal.export import as_json
from exporter.repair.records import Guard
from exporter.repair.words import change_lines
from exporter.rfc3339 import rfc3339
from exporter.web.webhook.told import attempt_told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exporter.repair.changes import Repair
    from exporter.repair.guarding import Decision, Mode, Standing
    from exporter.repair.plan import NotPlanned
    from exporter.repair.records import Entry, Pause, Refusal
    from exporter.repair.requests import Request
    from exporter.web.acting.plans import KeptPlan, Result


def plan(kept: KeptPlan) -> dict[str, object]:
    """A plan that waits."""
    made = kept.prepared
    return {
        "plan_id": kept.plan_id,
        "made_at": rfc3339(kept.made_at),
        "expires_at": rfc3339(kept.expires_at),
        "confirm": kept.confirm,
        "repairs": [_planned(each, made.decisions[each.repair_id]) for each in made.plan.repairs],
        "not_planned": _not_planned(made.plan.not_planned),
    }


def applied(result: Result) -> dict[str, object]:
    """What became of a plan."""
    return {
        "entries": [entry(each, names=True) for each in result.entries],
        "changed": _not_planned(result.changed),
        "problem": result.problem,
        "not_tried": result.not_tried,
    }


def entry(found: Entry, *, names: bool) -> dict[str, object]:
    """An entry of the journal; without `names` nothing in it says what people called things."""
    told: dict[str, object] = as_json(found)
    if not names:
        told |= {"name": None, "before": {}, "changes": [], "after": None}
        told["refusals"] = [_without_words(refusal) for refusal in found.refusals]
    return told


def request(found: Request, *, names: bool) -> dict[str, object]:
    """One attempt of a request."""
    asked = found.asked
    return {
        "request_id": asked.request_id,
        "target": asked.target.value,
        "target_id": asked.target_id,
        "alert": asked.alert,
        "fingerprint": asked.fingerprint,
        **attempt_told(found, names=names).model_dump(),
    }


def guards(mode: Mode, standing: Standing | None, *, names: bool = True) -> dict[str, object]:
    """How the guards stand; without a standing the journal is away."""
    if standing is None:
        unknown = ("paused", "brake_engaged", "brake_until", "budget_remaining", "budget_free_at")
        return {"mode": mode.value, "journal_up": False, **dict.fromkeys(unknown)}
    paused = standing.paused
    return {
        "mode": standing.mode.value,
        "journal_up": True,
        "paused": None if paused is None else _paused(paused, names=names),
        "brake_engaged": standing.brake_engaged,
        "brake_until": rfc3339(standing.brake_until),
        "budget_remaining": standing.budget_remaining,
        "budget_free_at": rfc3339(standing.budget_free_at),
    }


def _paused(pause: Pause, *, names: bool) -> dict[str, object]:
    reason = pause.reason if names else None
    return {"at": rfc3339(pause.at), "actor": pause.actor, "reason": reason}


def _planned(repair: Repair, decision: Decision) -> dict[str, object]:
    return {
        "repair_id": repair.repair_id,
        "target": repair.target.value,
        "target_id": repair.target_id,
        "sketch_id": repair.sketch_id,
        "timeline_id": repair.timeline_id,
        "name": repair.name,
        "reasons": list(repair.evidence.reasons),
        "changes": list(change_lines(repair)),
        "before": encode(repair.rows),
        "decision": {
            "granted": decision.granted,
            "dry_run": decision.dry_run,
            "refusals": _refusals(decision.refusals),
        },
    }


def _without_words(refusal: Refusal) -> dict[str, object]:
    """A refusal without the reason that somebody gave for a pause."""
    paused = refusal.guard is Guard.PAUSE
    return {
        "guard": refusal.guard.value,
        "reason": "repairs were paused" if paused else refusal.reason,
    }


def _refusals(refusals: Iterable[Refusal]) -> list[dict[str, object]]:
    return [{"guard": each.guard.value, "reason": each.reason} for each in refusals]


def _not_planned(found: Iterable[NotPlanned]) -> list[dict[str, object]]:
    return [
        {"target": each.target.value, "target_id": each.target_id, "reason": each.reason}
        for each in found
    ]
