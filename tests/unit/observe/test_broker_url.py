"""Which transport a broker's URL names."""

from __future__ import annotations

import pytest

from exporter.observe.broker_url import BrokerOptions, not_understood, scheme


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


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        ("redis://h/x", ValueError("no database x"), "understands: no database x"),
        ("redis://h/0", KeyError("master"), "understands: unknown value 'master'"),
        ("redis://h/0", ValueError(), "understands: ValueError"),
        ("redis://:se/cret@h/0", ValueError("no port se"), "in a password / is %2F, @ is %40"),
        ("redis://:se@cret@h:x/0", ValueError("no port cret"), "in a password / is %2F, @ is %40"),
    ],
)
def test_what_kombu_says_may_quote_a_password(url: str, error: Exception, says: str) -> None:
    """Kombu's reason is told, but not where it may be about a part of a password."""
    told = str(not_understood(BrokerOptions(url), error))
    assert says in told
    assert "cret" not in told
