"""Bodies are read as version 4 has them, whatever newer servers add."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.webhook.payload import PayloadError, read, schema
from tests.unit.web.webhook.notifications import REAL, alert, body, notification

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("file", REAL, ids=lambda file: file.stem)
def test_real_notifications_are_read(file: Path) -> None:
    """What Alertmanager sends is understood, keys of newer versions included."""
    found = read(file.read_bytes())
    assert found.version == "4"
    assert {each.labels["repair"] for each in found.alerts} == {"timeline"}


@pytest.mark.parametrize("key", sorted(notification(alert())))
def test_known_keys_must_be_there(key: str) -> None:
    """A body without one of version 4's keys is none."""
    whole = notification(alert())
    del whole[key]
    with pytest.raises(PayloadError, match=f"{key}: Field required"):
        read(json.dumps(whole).encode())


@pytest.mark.parametrize("key", sorted(alert()))
def test_known_keys_of_alerts_must_be_there(key: str) -> None:
    """An alert without one of version 4's keys is none."""
    broken = alert()
    del broken[key]
    with pytest.raises(PayloadError, match=rf"alerts\.0\.{key}: Field required"):
        read(body(broken))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (b"", "Invalid JSON"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"[]", "body: Input should be an object"),
        (b"[" * 100_000, "Invalid JSON: recursion limit exceeded"),
        (b'{"alerts": ' + b'[{"labels": ' * 50_000, "Invalid JSON: recursion limit"),
        (body(alert(), version="3"), "version: Input should be '4'"),
        (body(alert(status="pending")), "status: Input should be 'firing' or 'resolved'"),
        (body(alert(starts_at="yesterday")), "startsAt: Input should be a valid datetime"),
        (body(alert(fingerprint="f" * 65)), "fingerprint: String should have at most 64"),
        (body(alert(), truncatedAlerts=-1), "truncatedAlerts: Input should be greater than"),
        (body(alert(), alerts={}), "alerts: Input should be a valid array"),
        (b'{"version": 4}', "and 7 more"),
    ],
)
def test_what_can_never_be_right_is_said(made: bytes, words: str) -> None:
    """A body that is no notification is told in one line, without what is in it."""
    with pytest.raises(PayloadError) as caught:
        read(made)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(repr))
def test_anything_is_read_or_refused(anything: bytes | str) -> None:
    """No body ends in anything but a notification or a line."""
    made = anything.encode(errors="replace") if isinstance(anything, str) else anything
    with pytest.raises(PayloadError):
        read(made)


def test_the_schema_stands_alone() -> None:
    """What openapi.json says of the body needs nothing from elsewhere."""
    assert "$ref" not in json.dumps(schema())
    assert schema()["properties"]["alerts"]["items"]["properties"]["startsAt"]
