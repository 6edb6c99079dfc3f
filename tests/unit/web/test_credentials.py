"""Credentials are taken from a header that is clear, and from no other."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.credentials import Credentials, credentials_of


def header(name: str, password: bytes) -> tuple[bytes, bytes]:
    """The header that a client sends for these."""
    return b"authorization", b"Basic " + base64.b64encode(name.encode() + b":" + password)


@given(st.text().filter(lambda name: ":" not in name), st.binary())
def test_what_a_client_sends_is_understood(name: str, password: bytes) -> None:
    """Any name without a colon and any password come out as they went in."""
    assert credentials_of([header(name, password)]) == Credentials(name, password)


@given(st.binary())
def test_no_header_breaks_it(value: bytes) -> None:
    """Whatever stands in the header, it is credentials or it is not."""
    found = credentials_of([(b"authorization", value)])
    assert found is None or ":" not in found.name


@given(st.binary())
def test_nothing_that_is_encoded_breaks_it(value: bytes) -> None:
    """Whatever was encoded, there are credentials only if it has a colon after a UTF-8 name."""
    found = credentials_of([(b"authorization", b"Basic " + base64.b64encode(value))])
    if found is not None:
        assert found.name.encode() + b":" + found.password == value


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Basic",
        b"Basic ",
        b"Basic YQ==",  # no colon
        b"Basic YTpi!",  # not base64
        b"Basic YTpi YTpi",
        b"Basic YTpi\nYTpi",
        b"Basic /zpi",  # a name that is not UTF-8
        b"Bearer YTpi",
        b"YTpi",
    ],
)
def test_what_is_malformed_is_nothing(value: bytes) -> None:
    """A header that is not basic authentication, or not well formed, names nobody."""
    assert credentials_of([(b"authorization", value)]) is None


def test_two_headers_are_nothing() -> None:
    """Two headers name nobody, even where they are the same."""
    assert credentials_of([header("a", b"b"), header("a", b"b")]) is None
    assert credentials_of([]) is None


def test_the_scheme_may_be_written_in_any_case() -> None:
    """Schemes have no case (RFC 9110)."""
    assert credentials_of([(b"Authorization", b"bASIC  YTpi ")]) == Credentials("a", b"b")


def test_passwords_are_not_shown() -> None:
    """The representation has no password."""
    assert "secret" not in repr(Credentials("a", b"secret"))
