"""What events say about workers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.observe.roll import FORGET_AFTER, NAMES_AT_MOST, Roll
from exporter.snapshot import Heard

NAME = "celery@host"


def event(kind: str, **more: object) -> dict[str, object]:
    """Return an event as workers send it."""
    return {"type": f"worker-{kind}", "hostname": NAME, "timestamp": 1000.5, "freq": 2.0, **more}


def known(*events: object) -> Heard:
    """Return what is known of the worker after events at ticks 1, 2, 3..."""
    roll = Roll()
    for tick, each in enumerate(events, start=1):
        roll.note(each, at=1000.0, tick=tick)
    return roll.workers(tick=len(events))[NAME]


def test_a_heartbeat_is_timed_by_our_clocks() -> None:
    """Receipt counts; the sender's own time gives the offset of its clock."""
    assert known(event("heartbeat")) == Heard(
        NAME, heartbeat_at=1000.0, heartbeat_tick=1, interval=2.0, clock_offset=0.5
    )


def test_a_goodbye_tells_what_is_still_active() -> None:
    """The count of active tasks comes with worker-offline."""
    heard = known(event("heartbeat"), event("offline", active=2))
    assert (heard.offline_tick, heard.offline_active, heard.heartbeat_tick) == (2, 2, 1)


@pytest.mark.parametrize("kind", ["heartbeat", "online"])
def test_a_sign_of_life_takes_the_goodbye_back(kind: str) -> None:
    """Whoever is heard again after its goodbye is there."""
    heard = known(event("offline", active=2), event(kind))
    assert (heard.offline_tick, heard.offline_active) == (None, None)


def test_online_is_remembered() -> None:
    """A later heartbeat does not hide when the worker came online."""
    assert known(event("online"), event("heartbeat")).online_tick == 1


def test_the_long_silent_are_forgotten() -> None:
    """After a day without any event a name is dropped."""
    roll = Roll()
    roll.note(event("heartbeat"), at=0.0, tick=0.0)
    assert roll.workers(tick=FORGET_AFTER)
    assert not roll.workers(tick=FORGET_AFTER + 1)


def test_names_are_bounded() -> None:
    """Of too many names the longest silent ones are dropped."""
    roll = Roll()
    for number in range(NAMES_AT_MOST + 5):
        roll.note(event("heartbeat", hostname=f"w{number}"), at=0.0, tick=float(number))
    names = roll.workers(tick=float(NAMES_AT_MOST)).keys()
    assert len(names) == NAMES_AT_MOST
    assert "w4" not in names
    assert "w5" in names


@pytest.mark.parametrize("freq", [None, True, "2", 0, -1, float("nan"), 1e9])
def test_an_impossible_interval_is_not_believed(freq: object) -> None:
    """The interval stays Celery's default."""
    assert known(event("heartbeat", freq=freq)).interval == 2.0


@pytest.mark.parametrize("timestamp", [None, True, "now", float("inf"), 10**400])
def test_an_impossible_time_gives_no_offset(timestamp: object) -> None:
    """Without a usable time nothing is said about the clock."""
    assert known(event("heartbeat", timestamp=timestamp)).clock_offset is None


_json: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_KINDS = st.sampled_from(["worker-heartbeat", "worker-online", "worker-offline"])


@given(
    _json
    | st.fixed_dictionaries(
        {
            "type": st.sampled_from(["worker-heartbeat", "worker-online", "worker-offline"])
            | _json,
            "hostname": st.just(NAME) | _json,
        },
        optional={"freq": _json, "timestamp": _json, "active": _json},
    )
)
def test_no_event_breaks_it(value: object) -> None:
    """Whatever comes over the wire, the roll stays readable."""
    roll = Roll()
    roll.note(value, at=1.0, tick=1.0)
    assert len(roll.workers(tick=1.0)) <= 1


def missed(*beats: float, tick: float, deaf: float | None = None) -> int:
    """Return how many heartbeats were missed at `tick`, after some that came at these ticks."""
    roll = Roll()
    for beat in beats:
        if deaf is not None and beat > deaf:
            roll.deaf(tick=deaf)
            deaf = None
        roll.note(event("heartbeat"), at=1000.0, tick=beat)
    return roll.workers(tick=tick)[NAME].missed


def test_missed_heartbeats_are_counted() -> None:
    """Those that did not come between two others, and those that are due by now."""
    assert missed(0.0, 2.0, 4.1, tick=5.0) == 0
    assert missed(0.0, 8.0, tick=8.0) == 3
    assert missed(0.0, 8.0, tick=14.0) == 5


def test_a_late_heartbeat_is_not_a_missed_one() -> None:
    """A heartbeat may be late by three quarters of an interval."""
    assert missed(0.0, tick=3.4) == 0
    assert missed(0.0, tick=3.6) == 1


def test_what_nobody_listened_for_is_not_missed() -> None:
    """While the broker is away, no heartbeat counts as missed."""
    assert missed(0.0, 100.0, tick=100.0, deaf=4.0) == 1


def test_nothing_is_missed_after_a_goodbye() -> None:
    """Whoever said goodbye owes no heartbeat until it is back."""
    roll = Roll()
    for tick, kind in ((0.0, "heartbeat"), (4.0, "offline"), (60.0, "online")):
        roll.note(event(kind), at=1000.0, tick=tick)
    assert roll.workers(tick=62.0)[NAME].missed == 1


def test_tells_load_and_how_many_tasks_were_processed() -> None:
    """What is not told, or makes no sense, leaves what was known before."""
    told = event("heartbeat", processed=7, loadavg=[0.5, 1, 2.25])
    heard = known(told, event("heartbeat", processed=True, loadavg=[float("nan"), 1, 2]))
    assert (heard.processed, heard.load) == (7, (0.5, 1.0, 2.25))
