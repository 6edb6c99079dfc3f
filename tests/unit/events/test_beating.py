"""Heartbeats are counted by the minute, whoever comes and goes."""

from __future__ import annotations

from exporter.events.beating import Beating

_MOST = 10_000


def test_the_clocks_of_those_that_came_last_are_known() -> None:
    """Names that were there first give way, since pods come and go by the thousand."""
    beating = Beating()
    for number in range(_MOST + 1):
        event = {"type": "worker-heartbeat", "hostname": f"w{number}", "timestamp": 90.0}
        assert beating.note(event, at=100.0)
    assert len(beating.offsets) == _MOST
    assert beating.offsets[f"w{_MOST}"] == -10.0
    assert "w0" not in beating.offsets
