"""The series of the webhook: what it was sent, and what became of the requests in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.metrics import webhook_catalogue as catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.metrics.declaration import Family
    from exporter.metrics.published import RequestFigures, WebhookFigures


def render(webhook: WebhookFigures, requests: RequestFigures | None) -> Iterator[Family]:
    """Families of the webhook; without a journal (None) nobody knows of its requests."""
    codes = catalogue.WEBHOOK_REQUESTS.family()
    for code in catalogue.WEBHOOK_CODES:
        codes.add(webhook.codes.get(code, 0), code=code)
    yield codes
    alerts = catalogue.WEBHOOK_ALERTS.family()
    for status in catalogue.ALERT_STATUSES:
        alerts.add(webhook.alerts.get(status, 0), status=status)
    yield alerts
    truncated = catalogue.WEBHOOK_TRUNCATED_ALERTS.family()
    truncated.add(webhook.truncated)
    yield truncated
    if requests is not None:
        still_open = catalogue.WEBHOOK_OPEN_REQUESTS.family()
        still_open.add(requests.open)
        yield still_open
        outcomes = catalogue.WEBHOOK_OUTCOMES.family()
        for outcome in catalogue.REQUEST_OUTCOMES:
            outcomes.add(requests.outcomes.get(outcome, 0), outcome=outcome)
        yield outcomes
