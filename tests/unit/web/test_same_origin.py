"""A request that another site made a browser send is told from our own."""

from __future__ import annotations

import pytest

from exporter.web.same_origin import is_foreign

HOST = {"host": "exporter.example.org:19808"}


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://exporter.example.org:19808"}, True),
        ({"origin": "http://exporter.example.org:19808"}, False),
        ({"origin": "http://EXPORTER.example.org:19808"}, False),
        ({"origin": "http://exporter.example.org"}, True),
        ({"origin": "http://evil.example.org"}, True),
        ({"origin": "http://["}, True),
        ({"origin": "https://exporter.example.org:19808"}, False),
        ({"origin": "ftp://exporter.example.org:19808"}, True),
        ({"origin": "null"}, True),
        ({"origin": ""}, True),
        ({"origin": "null", "host": "null"}, True),
        ({"origin": "https://console.example.org"}, False),
        ({"origin": "https://console.example.org.evil.org"}, True),
        ({"origin": "http://console.example.org"}, True),
    ],
)
def test_whence_a_request_comes(headers: dict[str, str], *, foreign: bool) -> None:
    """The browser's own word counts first, then the origin that it names."""
    assert is_foreign(HOST | headers, "https://console.example.org/timesketch") is foreign


def test_without_a_host() -> None:
    """An origin without anything to compare it with is foreign."""
    assert is_foreign({"origin": "http://x"}, None)
    assert is_foreign({"origin": ""}, None)
