"""What alerts asked for: each attempt as a row, and one request with all of its attempts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.repair.requests import RequestOutcome
from exporter.web.views.tones import tone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.repair.requests import Request
    from exporter.web.views.tones import Tone

REQUEST_MEANINGS = {
    RequestOutcome.REPAIRED: "what it asked for was repaired",
    RequestOutcome.DRY_RUN: "nothing was written: the mode is dry-run",
    RequestOutcome.REFUSED: "a guard refused it",
    RequestOutcome.NEEDLESS: "nothing was orphaned any more",
    RequestOutcome.FAILED: "the repair failed",
    RequestOutcome.UNPROVEN: "the evidence stayed incomplete",
}


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One attempt of a request; `target_id` is None where it asks for everything orphaned."""

    request_id: str
    attempt: int
    received_at: float
    concluded_at: float | None
    subject: str
    target: str
    target_id: int | None
    alert: str
    fingerprint: str
    outcome: str
    meaning: str
    tone: Tone
    detail: str
    repairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestPage:
    """A request by its attempts, the newest first."""

    last: RequestRow
    attempts: tuple[RequestRow, ...]
    labels: tuple[tuple[str, str], ...]


def request_row(request: Request, *, names: bool) -> RequestRow:
    """One attempt as a row; `names` says whether what people wrote may be shown."""
    asked, end = request.asked, request.conclusion
    # The words of a guard that refused may hold the reason of a pause.
    told = end is not None and (names or end.outcome is not RequestOutcome.REFUSED)
    return RequestRow(
        request_id=asked.request_id,
        attempt=request.attempt,
        received_at=request.received_at,
        concluded_at=request.concluded_at,
        subject=asked.subject,
        target=asked.target,
        target_id=asked.target_id,
        alert=asked.alert,
        fingerprint=asked.fingerprint,
        outcome="open" if end is None else end.outcome,
        meaning="it waits to be worked off" if end is None else REQUEST_MEANINGS[end.outcome],
        tone=tone_of(None if end is None else end.outcome),
        detail=end.detail if end is not None and told else "",
        repairs=() if end is None else end.repairs,
    )


def request_page(attempts: Sequence[Request], *, names: bool) -> RequestPage:
    """A request by its attempts, of which there is one at least."""
    rows = tuple(request_row(request, names=names) for request in reversed(attempts))
    return RequestPage(rows[0], rows, tuple(sorted(attempts[-1].asked.labels.items())))
