"""The receiver's thread, with listeners that break."""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from exporter.observe.heartbeats import Heartbeats
from exporter.observe.listeners import event

if TYPE_CHECKING:
    from collections.abc import Callable


class Breaking:
    """A listener that hears one event and breaks, again and again."""

    def __init__(self) -> None:
        self.rounds = threading.Semaphore(0)

    def listen(
        self,
        *,
        stopping: threading.Event,
        subscribed: Callable[[], None],
        heard: Callable[[object], None],
    ) -> None:
        """Hear once, then fail like a driver that nobody expected to."""
        assert not stopping.is_set()
        subscribed()
        heard({"type": "worker-heartbeat", "hostname": "w"})
        self.rounds.release()
        raise ValueError("broken\nin two lines")


def test_takes_up_again_whatever_breaks() -> None:
    """No error ends the receiver; between two tries it is not listening."""
    listener = Breaking()
    heartbeats = Heartbeats(listener)
    heartbeats.start()
    assert listener.rounds.acquire(timeout=5)
    assert listener.rounds.acquire(timeout=5)
    began = time.monotonic()
    heartbeats.stop()
    assert time.monotonic() - began < 1.5
    reading = heartbeats.read()
    assert reading.listening_since_tick is None
    assert reading.workers["w"].heartbeat_tick is not None


def test_reads_kombu_s_envelope() -> None:
    """The event is the envelope's body, base64 or plain."""
    body = {"type": "worker-online", "hostname": "w"}
    packed = base64.b64encode(json.dumps(body).encode()).decode()
    coded = {"body": packed, "properties": {"body_encoding": "base64"}}
    plain = {"body": json.dumps(body), "properties": {}}
    assert event(json.dumps(coded).encode()) == body
    assert event(json.dumps(plain).encode()) == body


@given(st.binary() | st.text().map(str.encode) | st.none())
def test_what_is_no_envelope_is_no_event(raw: object) -> None:
    """Anything else on the channel is passed over."""
    assert event(raw) is None
