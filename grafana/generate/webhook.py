"""Panels about what asks for repairs from outside: Alertmanager's webhook and the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.generate.colours import GREY, REQUEST_OUTCOMES
from grafana.generate.queries import Query, counted, journalled
from grafana.generate.series import bars, lines

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Panel


def deliveries() -> tuple[Panel, ...]:
    """What Alertmanager sent, what was in it, and what came of it."""
    return (_notifications(), _alerts(), _requests())


def remarkable() -> tuple[Panel, ...]:
    """What is still to be done, what was left out, and what people were not allowed to do."""
    return (_open_requests(), _truncated(), _console_refusals())


def _notifications() -> Panel:
    return bars(
        "Notifications by answer",
        "What Alertmanager's notifications were answered with. 202 is taken in, 503 is tried again "
        "by Alertmanager; what got a 4xx is lost.",
        counted("timesketch_exporter_webhook_requests_total", "code"),
        colours={"202": "green", "503": "yellow"},
        runbooks=["TimesketchWebhookRefused"],
    )


def _alerts() -> Panel:
    return bars(
        "Alerts by what they were",
        "Accepted ones became a request for a repair. Duplicates are of a request that is stored "
        "already, resolved ones start nothing, unmarked ones have no label repair.",
        counted("timesketch_exporter_webhook_alerts_total", "status"),
        colours={"accepted": "green", "invalid": "red", "duplicate": GREY},
    )


def _requests() -> Panel:
    return bars(
        "Requests by what became of them",
        "Needless: nothing was orphaned any more. Unproven: the evidence stayed incomplete for too "
        "long.",
        journalled("timesketch_exporter_webhook_outcomes_total", "outcome"),
        colours=REQUEST_OUTCOMES,
        runbooks=["TimesketchWebhookRequestsFailed"],
    )


def _open_requests() -> Panel:
    return lines(
        "Open requests",
        "Requests for repairs that are stored and not answered yet. They should last seconds.",
        Query(
            "sum by (job) (max without (instance) (\n"
            "  timesketch_exporter_webhook_open_requests{...}\n))",
            "{{job}}",
        ),
        runbooks=["TimesketchWebhookRequestsWaiting"],
    )


def _truncated() -> Panel:
    return bars(
        "Alerts cut off",
        "Alerts that Alertmanager left out of its notifications (max_alerts). Nothing is lost: "
        "everything orphaned was looked at instead.",
        counted("timesketch_exporter_webhook_truncated_alerts_total", "job"),
        runbooks=["TimesketchWebhookTruncated"],
    )


def _console_refusals() -> Panel:
    return bars(
        "Actions refused by the console",
        "Before anything was tried. Role: by somebody who is no operator; csrf: from a page that "
        "is too old, or of another site; confirm: what had to be typed was not.",
        counted("timesketch_exporter_console_refusals_total", "reason"),
    )
