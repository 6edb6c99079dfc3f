"""URLs are shown without their passwords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.urls import UNREADABLE, redact, without_password

AWKWARD = st.text("@/:;?#%&=,+[]!$'\"\\<>|^~", max_size=4)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ts:hunter2@db/timesketch", "postgresql://ts:***@db/timesketch"),
        ("postgresql+psycopg2://ts:a%40b@db:5432/x", "postgresql+psycopg2://ts:***@db:5432/x"),
        ("postgresql://ts@db/x?password=hunter2&a=b", "postgresql://ts@db/x?password=***&a=b"),
        ("postgresql://ts:p@ss@db/x", "postgresql://ts:***@db/x"),
        ("mysql://root@[::1]:3306/ts", "mysql://root@[::1]:3306/ts"),
        ("sqlite:////var/lib/ts.db", "sqlite:////var/lib/ts.db"),
        ("sqlite://", "sqlite://"),
        ("redis://redis:6379", "redis://redis:6379"),
        ("redis://:hunter2@redis:6379/0", "redis://:***@redis:6379/0"),
        ("rediss://u:p@h:1/0?ssl_cert_reqs=none", "rediss://u:***@h:1/0?ssl_cert_reqs=none"),
        ("redis+socket:///tmp/r.sock?virtual_host=1", "redis+socket:///tmp/r.sock?virtual_host=1"),
        ("redis+socket://:p@/tmp/r.sock", "redis+socket://:***@/tmp/r.sock"),
        ("redis://h/0?p%61ssword=hunter2", "redis://h/0?p%61ssword=***"),
        (
            "sentinel://:p@a:26379;sentinel://:q@b:26379",
            "sentinel://:***@a:26379;sentinel://:***@b:26379",
        ),
        ("amqp://guest:guest@rabbit:5672//", "amqp://guest:***@rabbit:5672//"),
        ("amqp://guest:@rabbit", "amqp://guest:@rabbit"),
        ("  redis://:p@h \n", "redis://:***@h"),
    ],
)
def test_passwords_are_replaced_and_the_rest_stays(url: str, shown: str) -> None:
    """Whatever form an address takes, its password alone is hidden."""
    assert without_password(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hunter2",
        "redis://:hun/ter2@host",
        "redis://:hun?ter2@host",
        "redis://:hun#ter2@host",
        "redis://:hun;ter2@host",
        "redis://host:hunter2",
    ],
)
def test_what_cannot_be_taken_apart_is_not_shown(url: str) -> None:
    """A URL in which a password might hide anywhere is not shown at all."""
    assert without_password(url) == UNREADABLE


@given(before=AWKWARD, after=AWKWARD, scheme=st.sampled_from(["redis", "postgresql", "amqp"]))
def test_no_password_survives(before: str, after: str, scheme: str) -> None:
    """No password comes through, however it is written."""
    url = f"{scheme}://user:{before}hunter2{after}@host:1/0"
    assert "hunter2" not in without_password(url)
    assert "hunter2" not in redact(f"cannot connect to '{url}': refused")


def test_passwords_are_found_in_any_text() -> None:
    """In another library's message the passwords of URLs are hidden and the rest stays."""
    text = 'no route to "redis://:hunter2@h:1/0" (or http://h/?token=hunter2&x=1), told celery@w1'
    shown = 'no route to "redis://:***@h:1/0" (or http://h/?token=***&x=1), told celery@w1'
    assert redact(text) == shown


def test_text_without_passwords_stays() -> None:
    """Addresses, times and worker names are left alone."""
    text = "10:02:11 celery@w1 lost redis://redis:6379/0 and user@host:/path"
    assert redact(text) == text
