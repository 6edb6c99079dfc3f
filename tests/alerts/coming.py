"""The webhook's metrics, until the catalogue declares them."""

from __future__ import annotations

from exporter.metrics.declaration import Declaration

COMING = (
    Declaration(
        name="timesketch_exporter_webhook_requests_total",
        kind="counter",
        labels=("code",),
        values={"code": ("202", "400", "401", "408", "413", "415", "503")},
        help="HTTP answers of the webhook.",
    ),
    Declaration(
        name="timesketch_exporter_webhook_alerts_total",
        kind="counter",
        labels=("status",),
        values={"status": ("accepted", "duplicate", "resolved", "unmarked", "invalid")},
        help="Alerts of notifications.",
    ),
    Declaration(
        name="timesketch_exporter_webhook_truncated_alerts_total",
        kind="counter",
        labels=(),
        help="Alerts that Alertmanager cut from notifications.",
    ),
    Declaration(
        name="timesketch_exporter_webhook_open_requests",
        kind="gauge",
        labels=(),
        help="Requests that are stored and not worked off yet.",
    ),
    Declaration(
        name="timesketch_exporter_webhook_outcomes_total",
        kind="counter",
        labels=("outcome",),
        values={
            "outcome": ("repaired", "dry-run", "refused", "needless", "failed", "unproven"),
        },
        help="How requests ended.",
    ),
)
