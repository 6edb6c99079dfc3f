"""A form holds a token that only its reader's pages have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.csrf import LASTS_SECONDS, CsrfTokens


class Clock:
    """A clock to be moved."""

    now = 1_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def test_it_holds_for_its_reader_and_a_while() -> None:
    """A token holds for the name it was made for, until it is too old."""
    clock = Clock()
    tokens = CsrfTokens(clock=clock)
    token = tokens.issue("alice")
    assert tokens.holds(token, "alice")
    assert not tokens.holds(token, "bob")
    clock.now += LASTS_SECONDS - 1
    assert tokens.holds(token, "alice")
    clock.now += 1
    assert not tokens.holds(token, "alice")


def test_another_process_has_another_key() -> None:
    """What another process made, or this one before it was started anew, does not hold."""
    assert not CsrfTokens().holds(CsrfTokens().issue("alice"), "alice")


@given(st.text(max_size=80))
def test_nothing_else_holds(token: str) -> None:
    """Whatever is sent for a token is none, and no fault."""
    assert not CsrfTokens().holds(token, "alice")


@pytest.mark.parametrize("key", range(16))
def test_no_character_of_it_may_change(key: int) -> None:
    """The expiry cannot be moved, nor the name's end into the token, whatever the key."""
    del key  # each has its own
    tokens = CsrfTokens()
    token = tokens.issue("alice")
    for place, letter in enumerate(token):
        other = "a" if letter != "a" else "b"
        assert not tokens.holds(token[:place] + other + token[place + 1 :], "alice")
    assert not tokens.holds("", "")
    assert not tokens.holds(tokens.issue("ali"), "alice")
