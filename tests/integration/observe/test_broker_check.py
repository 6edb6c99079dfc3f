"""What `check` tells about a real Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.demo.processes import free_port
from exporter.observe.broker_check import check_broker
from exporter.observe.redis_link import BrokerOptions
from tests.integration.observe.kombu_queue import KombuQueue

if TYPE_CHECKING:
    from exporter.snapshot import Finding


def _found(url: str) -> dict[str, Finding]:
    return {finding.name: finding for finding in check_broker(BrokerOptions(url, timeout=2.0))}


def test_healthy_broker_is_told_line_by_line(broker_url: str) -> None:
    """Server, rights, workers and queues each get a line."""
    with KombuQueue(broker_url) as queue:
        queue.send_import(7)
        queue.send_import(8, serializer="pickle")
        queue.redis.sadd("_kombu.binding.celery.pidbox", "\x06\x16\x06\x16celery@w1.celery.pidbox")
    found = _found(broker_url)
    levels = {name: finding.level for name, finding in found.items()}
    assert levels == {
        "broker": "ok",
        "broker CLIENT LIST": "ok",
        "broker PUBLISH": "ok",
        "broker scripts": "ok",
        "broker workers": "ok",
        "broker queue celery": "ok",
        "broker messages": "warning",
    }
    assert "Valkey" in found["broker"].text
    assert "2 messages wait, 0 are prefetched" in found["broker queue celery"].text


def test_missing_rights_are_named_with_what_they_cost(broker_url: str) -> None:
    """Rights that have a substitute are warnings; that workers cannot be asked is a failure."""
    rules = ["+@all", "-client", "-eval", "-eval_ro", "-publish", "-info"]
    with KombuQueue(broker_url) as queue, queue.as_user(*rules) as url:
        found = _found(url)
    levels = {name: finding.level for name, finding in found.items()}
    assert levels == {
        "broker": "ok",
        "broker CLIENT LIST": "warning",
        "broker PUBLISH": "failure",
        "broker scripts": "warning",
        "broker workers": "warning",
        "broker queue celery": "ok",
    }
    assert "INFO is forbidden" in found["broker"].text


def test_unreachable_broker_is_one_failure() -> None:
    """Nothing more is tried where nobody answers."""
    found = _found(f"redis://127.0.0.1:{free_port()}/0")
    assert [(name, finding.level) for name, finding in found.items()] == [("broker", "failure")]
