"""The metrics of the webhook, as data: a part of the catalogue."""

from __future__ import annotations

from exporter.metrics.declaration import Declaration

WEBHOOK_CODES = ("202", "400", "401", "408", "413", "415", "503")
"""Every status that the webhook answers with."""

ALERT_STATUSES = ("accepted", "duplicate", "resolved", "unmarked", "invalid")
REQUEST_OUTCOMES = ("repaired", "dry-run", "refused", "needless", "failed", "unproven")
"""The repair room's own words, which this room may not import; a test compares them."""

_NO_JOURNAL = "while the journal cannot be used"

WEBHOOK_REQUESTS = Declaration(
    name="timesketch_exporter_webhook_requests_total",
    kind="counter",
    labels=("code",),
    values={"code": WEBHOOK_CODES},
    help="Notifications sent to the webhook, by the HTTP status that they were answered with.",
)
WEBHOOK_ALERTS = Declaration(
    name="timesketch_exporter_webhook_alerts_total",
    kind="counter",
    labels=("status",),
    values={"status": ALERT_STATUSES},
    help="Alerts in the notifications that were taken in. accepted: stored as a request for a "
    "repair; duplicate: of a request that is stored already; resolved: starts nothing; unmarked: "
    "has no label repair; invalid: has one, and does not name a timeline or analysis by its id.",
)
WEBHOOK_TRUNCATED_ALERTS = Declaration(
    name="timesketch_exporter_webhook_truncated_alerts_total",
    kind="counter",
    labels=(),
    help="Alerts that Alertmanager left out of its notifications (max_alerts); instead everything "
    "orphaned was looked at.",
)
WEBHOOK_OPEN_REQUESTS = Declaration(
    name="timesketch_exporter_webhook_open_requests",
    kind="gauge",
    labels=(),
    help="Requests for repairs that are stored and not answered yet; replicas that share a journal "
    "report the same.",
    absent=_NO_JOURNAL,
)
WEBHOOK_OUTCOMES = Declaration(
    name="timesketch_exporter_webhook_outcomes_total",
    kind="counter",
    labels=("outcome",),
    values={"outcome": REQUEST_OUTCOMES},
    help="Requests for repairs that the journal holds, by what became of them. needless: nothing "
    "was orphaned any more; unproven: the evidence stayed incomplete for webhook.patience. "
    "Replicas that share a journal report the same totals (aggregate with max, not sum).",
    absent=_NO_JOURNAL,
)

WEBHOOK_CATALOGUE = (
    WEBHOOK_REQUESTS,
    WEBHOOK_ALERTS,
    WEBHOOK_TRUNCATED_ALERTS,
    WEBHOOK_OPEN_REQUESTS,
    WEBHOOK_OUTCOMES,
)
