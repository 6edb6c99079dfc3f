"""The loop from metric to repair holds whatever goes wrong on its way: one repair, or none.

Real Prometheus and Alertmanager with the shipped rules and configurations, of which only addresses,
paths and intervals are replaced.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from exporter.demo.monitoring import Monitoring
from exporter.demo.processes import free_port
from tests.integration.commands.repairing import Installation
from tests.integration.commands.serving import serve
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.commands.serving import Serving

INTERVALS = {
    "scrape_interval": "1s",
    "scrape_timeout": "1s",
    "evaluation_interval": "1s",
    "group_wait": "1s",
    "group_interval": "2s",
}
PATIENCE = 90.0
ALERTS = "timesketch_exporter_webhook_alerts_total"
CODES = "timesketch_exporter_webhook_requests_total"


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """Return the exporter's file of tokens."""
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    return file


@pytest.fixture
def installation(database_url: str, broker_url: str, tmp_path: Path, token: Path) -> Installation:
    """Return an installation without workers, whose exporter may write."""
    made = Installation.make(database_url, broker_url, tmp_path)
    made.settings["repair.mode"] = "enforce"
    made.settings["webhook.token-file"] = str(token)
    return made


@contextmanager
def monitoring(
    serving: Serving,
    directory: Path,
    token: Path,
    *,
    webhook: int | None = None,
    alertmanagers: int = 1,
) -> Iterator[Monitoring]:
    """Watch an exporter; `webhook` is the port to post to, if it is not its own."""
    with Monitoring(
        exporter=f"127.0.0.1:{serving.port}",
        webhook=f"127.0.0.1:{webhook or serving.port}",
        token=token,
        directory=directory,
        alertmanagers=alertmanagers,
        intervals=INTERVALS,
    ) as made:
        yield made


def applied(installation: Installation) -> int:
    """How many repairs were written, by the journal."""
    return [entry["outcome"] for entry in installation.journal()].count("applied")


def resolved(watching: Monitoring) -> None:
    """Wait until no timeline is alerted any more."""
    until(
        lambda: not watching.firing("TimesketchTimelineOrphaned"),
        "the alert is resolved",
        timeout=PATIENCE,
    )


def failed_deliveries(watching: Monitoring) -> float:
    """How many requests of Alertmanager to the webhook failed."""
    (server,) = watching.alertmanagers
    return server.metric("alertmanager_notification_requests_failed_total", integration="webhook")


def test_a_webhook_that_is_down(installation: Installation, tmp_path: Path, token: Path) -> None:
    """Alertmanager tries until the receiver is there again, and the timeline is repaired once."""
    orphan = installation.orphan()
    port = free_port()
    watched = serve(tmp_path, installation.settings)
    with watched.process, monitoring(watched, tmp_path, token, webhook=port) as watching:
        until(lambda: failed_deliveries(watching) > 1, "deliveries fail", timeout=PATIENCE)
        assert installation.status(orphan) == "processing"
        (tmp_path / "receiver").mkdir()
        receiver = serve(tmp_path / "receiver", installation.settings, port=port)
        with receiver.process:
            until(lambda: installation.status(orphan) == "fail", "it is repaired", timeout=PATIENCE)
            resolved(watching)
            assert receiver.value(ALERTS, status="accepted") == 1
    assert applied(installation) == 1


def test_two_alertmanagers(installation: Installation, tmp_path: Path, token: Path) -> None:
    """What two deliver is one request, and one repair."""
    serving = serve(tmp_path, installation.settings)
    with serving.process, monitoring(serving, tmp_path, token, alertmanagers=2) as watching:
        orphan = installation.orphan()
        until(lambda: installation.status(orphan) == "fail", "it is repaired", timeout=PATIENCE)
        serving.wait_for(lambda: serving.value(ALERTS, status="duplicate") != 0)
        resolved(watching)
        assert serving.value(ALERTS, status="accepted") == 1
    assert applied(installation) == 1


def test_killed_after_the_answer(installation: Installation, tmp_path: Path, token: Path) -> None:
    """An exporter that is killed after its 202, in the midst of the repair, ends it once back."""
    orphan = installation.orphan()
    port = free_port()
    serving = serve(tmp_path, installation.settings, port=port)
    with serving.process, monitoring(serving, tmp_path, token) as watching:
        with installation.engine.begin() as somebody:
            somebody.execute(
                text("SELECT id FROM timeline WHERE id = :id FOR UPDATE"), {"id": orphan}
            )
            serving.wait_for(lambda: serving.value(CODES, code="202") == 1)
            until(lambda: waits_for_a_lock(installation), "the repair is at its write")
            serving.process.kill()
        assert installation.status(orphan) == "processing"
        again = serve(tmp_path, installation.settings, port=port)
        with again.process:
            until(lambda: installation.status(orphan) == "fail", "it is repaired", timeout=PATIENCE)
            resolved(watching)
    assert [entry["outcome"] for entry in installation.journal()] == ["abandoned", "applied"]


def test_fifty_at_once(installation: Installation, tmp_path: Path, token: Path) -> None:
    """In a storm nothing is repaired: one alert says so, and those for single orphans are held."""
    serving = serve(tmp_path, installation.settings)
    with serving.process, monitoring(serving, tmp_path, token) as watching:
        for number in range(50):
            installation.orphan(f"{number}.csv")
        before = installation.contents()
        until(
            lambda: (
                len(watching.firing("TimesketchTimelineOrphaned")) == 50
                and watching.firing("TimesketchMassOrphaning")
            ),
            "each orphan is alerted, and the mass of them",
            timeout=PATIENCE,
        )
        (server,) = watching.alertmanagers

        def held_back() -> int:
            alerts = server.ask("/api/v2/alerts?filter=repair%3Dtimeline")
            return sum(bool(alert["status"]["inhibitedBy"]) for alert in alerts)

        until(lambda: held_back() == 50, "single alerts are held back", timeout=PATIENCE)
        serving.wait_for(
            lambda: (
                serving.value("timesketch_exporter_repair_brake_engaged") == 1
                and serving.value("timesketch_exporter_webhook_open_requests") == 0
            )
        )
    assert installation.contents() == before
    assert applied(installation) == 0


def test_tokens(installation: Installation, tmp_path: Path, token: Path) -> None:
    """A wrong token is refused and counted, and nothing else happens; it is changed at any time."""
    sent = tmp_path / "sent"
    sent.write_text("wrong\n")
    serving = serve(tmp_path, installation.settings)
    with serving.process, monitoring(serving, tmp_path, sent) as watching:
        first = installation.orphan("first.csv")
        serving.wait_for(lambda: serving.value(CODES, code="401") != 0)
        assert serving.value(CODES, code="202") == 0
        assert installation.status(first) == "processing"
        assert installation.journal() == []

        sent.write_text("s3cret\n")
        until(lambda: installation.status(first) == "fail", "the first one", timeout=PATIENCE)
        token.write_text("n3xt\n")
        sent.write_text("n3xt\n")
        second = installation.orphan("second.csv")
        until(lambda: installation.status(second) == "fail", "the second one", timeout=PATIENCE)
        resolved(watching)
    assert applied(installation) == 2


def waits_for_a_lock(installation: Installation) -> bool:
    """Whether a session of this database waits for another's lock."""
    with installation.engine.connect() as connection:
        waiting = connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        )
        return bool(waiting.scalar_one())
