"""The loop closes: a worker dies, an alert asks for a repair, and the timeline is put right.

With Prometheus and Alertmanager where they are installed. Otherwise the demonstration posts to the
webhook what Alertmanager would, and says so.
"""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from exporter.demo.cast import ALERTED, BEHIND, IMPORT_1, SHORTENED_INTERVALS
from exporter.demo.monitoring import Monitoring, missing_programs
from exporter.errors import DemoStoryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.demo.attached import Exporter
    from exporter.demo.audience import Audience
    from exporter.demo.screen import Screen
    from exporter.demo.stage import Stage

ALERT = "TimesketchTimelineOrphaned"
_ANSWER_WITHIN = 10.0


class Alarm:
    """Its scenes in order; each raises DemoStoryError where it comes out otherwise."""

    def __init__(
        self, stage: Stage, screen: Screen, audience: Audience, *, kill: Callable[[], None]
    ) -> None:
        self._stage = stage
        self._screen = screen
        self._audience = audience
        self._kill = kill
        self._monitoring: Monitoring | None = None

    def watch(self) -> None:
        """Start who watches the exporter, if they are installed."""
        missing = missing_programs()
        if missing:
            self._screen.scene(
                f"All of that by itself: an alert asks for the repair. {' and '.join(missing)} "
                "cannot be found here, so the demonstration posts what Alertmanager would."
            )
            return
        exporter = self._stage.exporter
        monitoring = self._stage.monitor(
            Monitoring(
                exporter=exporter.host_and_port,
                token=exporter.token.file,
                directory=self._stage.directory,
                intervals=SHORTENED_INTERVALS,
            )
        )
        self._monitoring = monitoring
        (alertmanager,) = monitoring.alertmanagers
        self._screen.scene(
            "All of that by itself: Prometheus and Alertmanager start, with the rules and "
            f"configurations that come with the exporter. {monitoring.prometheus.url}/alerts "
            f"and {alertmanager.url}"
        )
        self._audience.look_until(
            lambda: [] if monitoring.scrapes() else ["Prometheus does not scrape the exporter"]
        )

    def die(self) -> None:
        """Kill the worker once more, and let the loop repair what it was importing."""
        self._stage.upload(ALERTED)
        self._audience.expect({ALERTED: "running"})
        self._screen.scene(
            f"{IMPORT_1} imports {ALERTED.name}, and is killed again. This time nobody types "
            "anything."
        )
        self._kill()
        if self._monitoring is None:
            self._audience.expect({ALERTED: "orphaned"})
            post(self._stage.exporter, self._stage.timeline_id(ALERTED))
        self._audience.expect(
            {ALERTED: "fail", **dict.fromkeys(BEHIND, "parked")}, workers={IMPORT_1: "dead"}
        )

    def explain(self) -> None:
        """Show who asked for the repair, and that the alert is over."""
        entry = json.loads(self._audience.command("journal", "--output=json").splitlines()[-1])
        timeline_id = self._stage.timeline_id(ALERTED)
        found = (entry["target_id"], entry["outcome"], entry["trigger"])
        if found != (timeline_id, "applied", "webhook"):
            msg = f"the journal tells {found} of {ALERTED.name}"
            raise DemoStoryError(msg)
        self._screen.scene("Repaired. The journal says at whose request, and the alert is over.")
        self._screen.quote(
            f"{entry['begun_at']}  {entry['repair_id']}  timeline {timeline_id}  applied, asked "
            f"for by {entry['actor']}"
        )
        self._audience.look_until(lambda: ["the alert is not resolved"] * self._fires())

    def _fires(self) -> bool:
        return self._monitoring is not None and bool(self._monitoring.firing(ALERT))


def post(exporter: Exporter, timeline_id: int) -> None:
    """Post the alert for a timeline as Alertmanager would; raises DemoStoryError if refused."""
    request = urllib.request.Request(  # noqa: S310  http
        f"{exporter.address}/webhook",
        data=json.dumps(notification(timeline_id, datetime.now(UTC))).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {exporter.token.secret}",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_WITHIN):  # noqa: S310  # nosec B310  # http
            return
    except OSError as error:
        msg = f"the webhook did not take the alert: {error}"
        raise DemoStoryError(msg) from error


# What JSON holds has no better type.
def notification(timeline_id: int, since: datetime) -> dict[str, Any]:
    """Alertmanager's notification of version 4 that this timeline is orphaned."""
    labels = {
        "alertname": ALERT,
        "repair": "timeline",
        "severity": "warning",
        "timeline_id": str(timeline_id),
    }
    return {
        "version": "4",
        "groupKey": '{}/{repair=~"timeline|analysis"}:{repair="timeline"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "timesketch-exporter",
        "groupLabels": {"repair": "timeline"},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "",
        "alerts": [
            {
                "status": "firing",
                "labels": labels,
                "annotations": {"summary": "A timeline says processing, but nothing processes it."},
                "startsAt": since.isoformat(),
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "",
                "fingerprint": f"{timeline_id:016x}",
            }
        ],
    }
