"""Alerts become requests by their label, and the same alert the same request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.repair.rows import Target
from exporter.web.webhook.asking import Understood, understand
from exporter.web.webhook.payload import read
from tests.unit.web.webhook.notifications import FIXTURES, alert, body

if TYPE_CHECKING:
    from exporter.repair.requests import Asked


def understood(*alerts: object, truncated: int = 0, **changes: object) -> Understood:
    """What a notification of these alerts asks for."""
    return understand(read(body(*alerts, truncated=truncated, **changes)))  # type: ignore[arg-type]


def only(found: Understood) -> Asked:
    """The one request."""
    (asked,) = found.asked
    return asked


def test_an_alert_asks_for_its_timeline() -> None:
    """A firing alert with the label is a request that says which alert it was."""
    asked = only(understood(alert(4, sketch_id="1")))
    assert (asked.target, asked.target_id) == (Target.TIMELINE, 4)
    assert asked.actor == "alert TimesketchTimelineOrphaned df57167cb3d70004"
    assert asked.labels["sketch_id"] == "1"
    assert asked.subject == "timeline 4"


def test_an_alert_asks_for_its_analysis() -> None:
    """An analysis is named by its own id, not by its timeline's."""
    asked = only(understood(alert(4, repair="analysis", analysis_id="9")))
    assert (asked.target, asked.target_id) == (Target.ANALYSIS, 9)


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (alert(status="resolved"), "resolved"),
        (alert(repair=None), "unmarked"),
        (alert(repair="everything"), "invalid"),
        (alert(None), "invalid"),
        (alert(4, repair="analysis"), "invalid"),
        *((alert(wrong), "invalid") for wrong in ("", "0", "-4", "4.0", "4 or 1=1", "٤", "9" * 19)),
    ],
)
def test_other_alerts_ask_for_nothing(made: object, status: str) -> None:
    """What is over, has no such label or names nothing is counted, and nothing more."""
    found = understood(made)
    assert found.asked == ()
    assert found.statuses == {status: 1}
    assert len(found.problems) == (status == "invalid")


def test_each_alert_counts_by_its_own_status() -> None:
    """A resolved alert within a firing group starts nothing; the firing one beside it does."""
    file = FIXTURES / "0.25-resolved-in-a-firing-group.json"
    found = understand(read(file.read_bytes()))
    assert [each.target_id for each in found.asked] == [5, None]
    assert found.statuses == {"resolved": 1}


def test_the_same_alert_is_the_same_request() -> None:
    """Whoever delivers it, from whatever zone and however often: its id is the same."""
    first = only(understood(alert(4, starts_at="2026-11-27T00:23:03.123Z")))
    again = only(understood(alert(4, starts_at="2026-11-27T01:23:03.123+01:00"), receiver="b"))
    assert again.request_id == first.request_id
    twice = understood(alert(4), alert(4))
    assert only(twice).request_id == first.request_id


@pytest.mark.parametrize(
    "other",
    [
        (alert(4, starts_at="2026-11-27T00:24:03.123Z"), {}),
        (alert(4, fingerprint="00"), {}),
        (alert(5, fingerprint="df57167cb3d70004"), {}),
        (alert(4), {"groupKey": "another"}),
    ],
)
def test_another_alert_is_another_request(other: tuple[object, dict[str, object]]) -> None:
    """A new start, another alert or another group makes another request."""
    made, changes = other
    first = only(understood(alert(4)))
    assert only(understood(made, **changes)).request_id != first.request_id  # type: ignore[arg-type]


def test_cut_alerts_ask_for_everything() -> None:
    """Where alerts were left out, every orphan of the kind is asked for as well, once a state."""
    found = understood(alert(4), alert(5), truncated=98)
    assert [each.target_id for each in found.asked] == [4, 5, None]
    assert found.truncated == 98
    assert understood(alert(5), alert(4), truncated=98).asked[-1] == found.asked[-1]
    assert understood(alert(5), truncated=98).asked[-1].request_id != found.asked[-1].request_id
    assert found.asked[-1].subject == "every orphaned timeline"
    assert found.asked[-1].actor == "alert cut from the notification"


def test_a_cut_group_without_the_label_asks_for_nothing() -> None:
    """Alerts that ask for no repair do not begin to because some were left out."""
    assert understood(alert(repair=None), truncated=3).asked == ()


@given(
    st.dictionaries(st.text(max_size=12), st.text(max_size=30), max_size=5),
    st.sampled_from(["timeline", "analysis"]) | st.text(max_size=10),
    st.text(max_size=25) | st.integers().map(str),
    st.datetimes(timezones=st.timezones() | st.none()),
)
def test_any_labels(labels: dict[str, str], repair: str, number: str, moment: object) -> None:
    """Whatever labels and moments say, an alert is a request for a number, or counted as none."""
    made = alert(4)
    made["labels"] = {**labels, "repair": repair, "timeline_id": number}
    made["startsAt"] = str(moment.isoformat())  # type: ignore[attr-defined]
    raw = json.dumps(made)
    try:
        found = understood(json.loads(raw))
    except ValueError:
        return  # a moment that pydantic does not take
    assert len(found.asked) + sum(found.statuses.values()) == 1
    for asked in found.asked:
        assert asked.target_id == int(number)
        assert len(asked.request_id) == 32
