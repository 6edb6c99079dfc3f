"""Without Prometheus and Alertmanager the demonstration posts what they would, and it is taken."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from exporter.demo.alarm import notification, post
from exporter.demo.cast import LOST
from exporter.demo.processes import free_port
from exporter.demo.stage import Stage
from exporter.errors import DemoStoryError
from exporter.web.webhook.payload import Notification
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Return a stage with servers, the exporter and one upload whose message was lost."""
    with Stage() as made:
        made.start_servers()
        made.commit(LOST)
        made.attach_exporter(free_port())
        yield made


def test_what_is_posted_is_repaired(stage: Stage) -> None:
    """Posted to the exporter as it runs in the demonstration, the alert repairs its timeline."""
    timeline = stage.timeline_id(LOST)
    until(lambda: stage.exporter.scrape().timelines.get(timeline) == "orphaned", "it is orphaned")
    post(stage.exporter, timeline)
    until(lambda: stage.rows.timeline_statuses()[timeline] == "fail", "it is repaired")

    stage.exporter.token.secret = "another"
    with pytest.raises(DemoStoryError, match="did not take the alert: HTTP Error 401"):
        post(stage.exporter, timeline)


def test_it_is_what_alertmanager_sends() -> None:
    """The notification is of version 4, whole."""
    made = notification(4, datetime.now(UTC))
    known = {info.alias or name for name, info in Notification.model_fields.items()}
    assert made.keys() == known
