"""A proxy's word about who asks is taken from that proxy alone."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from exporter.web.trusted_proxies import TrustedProxies

PROXIES = TrustedProxies(
    "X-Forwarded-User", tuple(map(ip_network, ("10.0.0.0/24", "127.0.0.1/32", "fd00::/8")))
)


@pytest.mark.parametrize("client", ["10.0.0.7", "127.0.0.1", "fd00::1", "::ffff:10.0.0.7"])
def test_the_proxy_is_believed(client: str) -> None:
    """Whoever a trusted address names is known, whatever the header's letters."""
    assert PROXIES.name_in([(b"x-forwarded-user", b" alice ")], client) == "alice"
    assert PROXIES.name_in([(b"X-FORWARDED-USER", "zoë".encode())], client) == "zoë"


@pytest.mark.parametrize("client", ["10.0.1.7", "::1", "::ffff:10.0.1.7", "unix:", "", None])
def test_nobody_else_is(client: str | None) -> None:
    """The same header from any other address names nobody."""
    assert PROXIES.name_in([(b"x-forwarded-user", b"alice")], client) is None


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [b""],
        [b"  "],
        [b"alice", b"alice"],
        [b"mallory", b"alice"],
        [b"al\xffice"],
        [b"al\x00ice"],
        [b"a" * 257],
    ],
)
def test_a_name_has_to_be_clear(headers: list[bytes]) -> None:
    """No name, several, or one that could not stand in a log names nobody."""
    named = [(b"x-forwarded-user", value) for value in headers]
    assert PROXIES.name_in(named, "127.0.0.1") is None
    assert PROXIES.name_in([(b"x_forwarded_user", b"alice")], "127.0.0.1") is None
