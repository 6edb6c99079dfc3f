"""Bodies that no Alertmanager sends cost their sender an answer, and nobody else anything."""

from __future__ import annotations

import json
import select
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

from exporter.web.webhook.body import MOST_AT_ONCE, MOST_BYTES
from tests.integration.commands.serving import NOWHERE, PATIENCE, Serving, serve
from tests.plain_http import PLAIN
from tests.unit.web.webhook.notifications import alert, body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODES = "timesketch_exporter_webhook_requests_total"
MOST_GROWTH = 32 * 1024 * 1024
"""All bodies that are read at once, and as much again for what they are read into."""


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """An exporter without sources that takes notifications from anybody."""
    settings = {
        **NOWHERE,
        "journal.url": f"sqlite:///{tmp_path / 'journal.db'}",
        "webhook.insecure": "true",
    }
    made = serve(tmp_path, settings)
    with made.process:
        yield made


def connect(serving: Serving, *headers: str) -> socket.socket:
    """A connection on which the headers of a notification have been sent."""
    connection = socket.create_connection(("127.0.0.1", serving.port), timeout=PATIENCE)
    lines = ["POST /webhook HTTP/1.1", "Host: x", "Content-Type: application/json", *headers]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection


def status(connection: socket.socket) -> int:
    """The status of the answer on a connection."""
    with connection, connection.makefile("rb") as answer:
        return int(answer.readline().split()[1])


def chunked(size: int) -> bytes:
    """So many bytes as one chunk of a body without a length."""
    return f"{size:x}\r\n".encode() + b" " * size + b"\r\n"


def drip(connection: socket.socket) -> int:
    """Send byte by byte until there is an answer; its status."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if select.select([connection], [], [], 0.5)[0]:
            return status(connection)
        connection.sendall(b" ")
    raise AssertionError("no answer")


def test_strange_bodies(serving: Serving) -> None:
    """Too large, too deep, not text or cut off: each has its status, and memory stays flat."""
    memory = psutil.Process(serving.process.pid).memory_info
    assert status(connect(serving, f"Content-Length: {MOST_BYTES + 1}")) == 413
    before = memory().rss
    for _ in range(2 * MOST_AT_ONCE):
        endless = connect(serving, "Transfer-Encoding: chunked")
        endless.sendall(chunked(MOST_BYTES // 2) + chunked(MOST_BYTES // 2) + chunked(1))
        assert status(endless) == 413
    deep = b'{"alerts": ' + b"[" * (MOST_BYTES - 100)
    for content in (deep, b"\xff\xfe" * 1000, b"\x00", json.dumps({"alerts": "\ud800"}).encode()):
        answer = httpx.post(
            f"{serving.url}/webhook", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400
    cut_off = connect(serving, "Content-Length: 1000")
    cut_off.sendall(b'{"version"')
    cut_off.close()
    serving.wait_for(lambda: serving.value(CODES, code="400") == 5)
    assert serving.value(CODES, code="413") == 1 + 2 * MOST_AT_ONCE
    assert memory().rss - before < MOST_GROWTH
    assert "Traceback" not in serving.log()


def test_slow_senders(serving: Serving) -> None:
    """Who sends a byte at a time is cut off; as many as may meanwhile delay nobody else."""
    with ExitStack() as stack:
        slow = [
            stack.enter_context(connect(serving, "Content-Length: 1000000"))
            for _ in range(MOST_AT_ONCE - 1)
        ]
        for connection in slow:
            connection.sendall(b"{")
        assert serving.get("/-/healthy").status_code == 200
        assert serving.value(CODES, code="202") == 0
        for number in range(5):
            answer = httpx.post(
                f"{serving.url}/webhook",
                content=body(alert(number + 1)),
                headers={"Content-Type": "application/json"},
                timeout=60.0,
            )
            assert answer.status_code == 202
        one_more = stack.enter_context(connect(serving, "Content-Length: 1000000"))
        one_more.sendall(b"{")
        serving.wait_for(lambda: full(serving))
        assert {drip(connection) for connection in [*slow, one_more]} == {408}
    serving.wait_for(lambda: not full(serving))
    assert "Traceback" not in serving.log()


def full(serving: Serving) -> bool:
    """Whether no further body is read just now."""
    answer = httpx.post(
        f"{serving.url}/webhook",
        content=body(alert(1)),
        headers={"Content-Type": "application/json"},
        timeout=60.0,
        verify=PLAIN,
    )
    assert answer.status_code in {202, 503}
    return answer.status_code == 503
