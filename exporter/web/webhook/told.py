"""The JSON in which the webhook answers, as openapi.json has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

from exporter.repair.requests import RequestOutcome
from exporter.rfc3339 import rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.repair.requests import Request, TakenIn
    from exporter.web.webhook.asking import Understood

_EXAMPLE = "1f0e9a6c52d4a7b8c3e15d90f2b86a47"


class Problem(BaseModel):
    """Why the answer is what it is."""

    detail: str


class TakenRequest(BaseModel):
    """One alert that asks for a repair."""

    request_id: str = Field(examples=[_EXAMPLE])
    target: Literal["timeline", "analysis"]
    target_id: int | None = Field(description="null: everything orphaned of this kind.")
    state: Literal["accepted", "duplicate"]


class Taken(BaseModel):
    """What was stored: it survives a crash, and is worked off soon."""

    requests: list[TakenRequest]
    resolved: int = Field(description="Alerts that are over; they start nothing.")
    unmarked: int = Field(description="Firing alerts without a label repair.")
    invalid: list[str] = Field(description="What is wrong with alerts that cannot be requests.")


class Attempt(BaseModel):
    """One attempt of a request."""

    attempt: int
    received_at: str
    state: Literal["open", "ended"]
    ended_at: str | None
    outcome: Literal["repaired", "dry-run", "refused", "needless", "failed", "unproven"] | None
    detail: str
    repairs: list[str] = Field(description="Ids of the journal's entries about it.")


class RequestTold(BaseModel):
    """A stored request, and what became of it each time that it was made."""

    request_id: str = Field(examples=[_EXAMPLE])
    target: Literal["timeline", "analysis"]
    target_id: int | None
    alert: str
    fingerprint: str
    labels: dict[str, str]
    state: Literal["open", "ended"]
    attempts: list[Attempt]


def taken(understood: Understood, stored: TakenIn) -> Taken:
    """The answer to a notification."""
    duplicates = set(stored.duplicates)
    return Taken(
        requests=[
            TakenRequest(
                request_id=asked.request_id,
                target=asked.target.value,
                target_id=asked.target_id,
                state="duplicate" if asked.request_id in duplicates else "accepted",
            )
            for asked in understood.asked
        ],
        resolved=understood.statuses.get("resolved", 0),
        unmarked=understood.statuses.get("unmarked", 0),
        invalid=list(understood.problems),
    )


def request_told(attempts: Sequence[Request], *, names: bool = True) -> RequestTold:
    """A request by its attempts, of which there is one at least.

    Without `names` nothing in it says what people wrote.
    """
    asked, last = attempts[-1].asked, attempts[-1]
    return RequestTold(
        request_id=asked.request_id,
        target=asked.target.value,
        target_id=asked.target_id,
        alert=asked.alert,
        fingerprint=asked.fingerprint,
        labels=dict(asked.labels),
        state=_state(last),
        attempts=[attempt_told(request, names=names) for request in attempts],
    )


def attempt_told(request: Request, *, names: bool) -> Attempt:
    """One attempt; without `names` nothing in it says what people wrote."""
    end = request.conclusion
    # The words of a guard that refused may hold the reason of a pause.
    told = end is not None and (names or end.outcome is not RequestOutcome.REFUSED)
    return Attempt(
        attempt=request.attempt,
        received_at=rfc3339(request.received_at),
        state=_state(request),
        ended_at=None if request.concluded_at is None else rfc3339(request.concluded_at),
        outcome=None if end is None else end.outcome.value,
        detail=end.detail if end is not None and told else "",
        repairs=[] if end is None else list(end.repairs),
    )


def _state(request: Request) -> Literal["open", "ended"]:
    return "open" if request.conclusion is None else "ended"
