"""The shipped configurations at work: what is scraped comes back as a request for a repair."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from alerts.template import fill
from exporter.web.webhook.body import MOST_BYTES
from tests.alerts.rules import ALERTS
from tests.servers.alertmanager import Alertmanager
from tests.servers.prometheus import Prometheus
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_ALERTS = 500
"""max_alerts, as many as the exporter names; so many fit into what its webhook takes."""

_PAGE = """\
timesketch_exporter_build_info{version="1",python_version="3"} 1
timesketch_orphaned_timelines 1
timesketch_orphaned_timeline_since_timestamp_seconds{sketch_id="7",timeline_id="42"} 1.7e9
"""


class _Exporter(ThreadingHTTPServer):
    """Publishes one orphan, and keeps what is posted to its webhook.

    That is: the header Authorization, the length of the body, and the body.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[str, int, dict[str, Any]]] = []  # Any: JSON


class _Handler(BaseHTTPRequestHandler):
    server: _Exporter

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(_PAGE.encode())

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length))
        self.server.received.append((self.headers["Authorization"], length, body))
        self.send_response(202 if self.path == "/webhook" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Say nothing."""


@pytest.fixture
def exporter() -> Iterator[_Exporter]:
    """Return a page with one orphan and a webhook."""
    with _Exporter() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_an_orphan_asks_for_its_repair(exporter: _Exporter, tmp_path: Path) -> None:
    """An orphan's alert reaches the webhook with the token, its ids and what is to be repaired."""
    address = f"127.0.0.1:{exporter.server_port}"
    token = tmp_path / "token"
    token.write_text("a secret")
    alertmanager_file, prometheus_file = tmp_path / "alertmanager.yml", tmp_path / "prometheus.yml"
    alertmanager_file.write_text(
        fill(
            (ALERTS / "alertmanager.yml").read_text(),
            exporter=address,
            token=str(token),
            group_wait="100ms",
        )
    )
    with Alertmanager(alertmanager_file, tmp_path) as alertmanager:
        prometheus_file.write_text(
            fill(
                (ALERTS / "prometheus.yml").read_text(),
                exporter=address,
                alertmanager=f"127.0.0.1:{alertmanager.port}",
                rules=str(ALERTS / "rules" / "*.yml"),
                scrape_interval="1s",
                scrape_timeout="1s",
                evaluation_interval="1s",
            )
        )
        with Prometheus(prometheus_file, tmp_path) as prometheus:
            until(lambda: exporter.received, f"a notification (see {prometheus.url})", timeout=60)
    authorization, length, body = exporter.received[0]
    assert authorization == "Bearer a secret"
    assert (body["version"], body["receiver"], body["status"]) == (
        "4",
        "timesketch-exporter",
        "firing",
    )
    (alert,) = body["alerts"]
    assert alert["labels"] == {
        "alertname": "TimesketchTimelineOrphaned",
        "component": "timelines",
        "job": "timesketch-exporter",
        "repair": "timeline",
        "severity": "warning",
        "sketch_id": "7",
        "timeline_id": "42",
    }
    assert length * _MOST_ALERTS < MOST_BYTES
