"""Which transport a broker's URL names."""

from __future__ import annotations

import pytest

from exporter.observe.broker_url import BrokerOptions, scheme


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h/0", "redis"),
        ("REDISS://h/0", "rediss"),
        ("redis+socket:///run/redis.sock", "redis"),
        ("sentinel://a:1;sentinel://b:2", "sentinel"),
        ("h:6379", ""),
        ("", ""),
    ],
)
def test_scheme_is_the_transport(url: str, expected: str) -> None:
    """The part before a plus names kombu's transport."""
    assert scheme(url) == expected


def test_options_never_show_a_password() -> None:
    """Neither the URL nor the transport options appear when the value is printed."""
    options = BrokerOptions("redis://:secret@h/0", {"sentinel_kwargs": {"password": "secret"}})
    assert "secret" not in repr(options)
