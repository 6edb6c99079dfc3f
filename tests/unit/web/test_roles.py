"""Who is known may look, and who is named as an operator may act."""

from __future__ import annotations

import pytest

from exporter.web.roles import NOBODY_KNOWN, NOT_SIGNED_IN, Identity, Role, asker

ALICE = Identity("alice", "basic")
TOKEN = Identity("tsctl", "token")


def test_without_any_way_to_know_everybody_looks() -> None:
    """Where nobody can be known everybody is a viewer, who is told what to set."""
    found = asker(None, {"alice"}, sign_in=False, knows_somebody=False)
    assert (found.role, found.may_act, found.may_notify) == (Role.VIEWER, False, False)
    assert found.read_only_because == NOBODY_KNOWN


def test_who_must_sign_in_sees_nothing_before() -> None:
    """Nobody has no role where people sign in, and is a viewer where they merely can."""
    assert asker(None, (), sign_in=True, knows_somebody=True).role is None
    merely = asker(None, (), sign_in=False, knows_somebody=True)
    assert (merely.role, merely.read_only_because) == (Role.VIEWER, NOT_SIGNED_IN)


def test_an_operator_is_named() -> None:
    """Who is named may act; who is not is told so; and without names nobody may."""
    named = asker(ALICE, {"alice"}, sign_in=True, knows_somebody=True)
    assert (named.role, named.may_act, named.read_only_because) == (Role.OPERATOR, True, None)
    other = asker(ALICE, {"bob"}, sign_in=True, knows_somebody=True)
    assert (other.role, other.read_only_because) == (
        Role.VIEWER,
        "alice is not named in --web.operators.",
    )
    nobody = asker(ALICE, (), sign_in=True, knows_somebody=True)
    assert nobody.read_only_because == ("nobody is named in --web.operators; you are alice.")


@pytest.mark.parametrize(
    ("identity", "operators", "may"),
    [
        (ALICE, (), True),
        (Identity("prometheus", "certificate"), (), True),
        (TOKEN, (), False),
        (Identity("carol", "header"), (), False),
        (ALICE, ("bob",), False),
        (TOKEN, ("tsctl",), True),
    ],
)
def test_the_webhook_is_no_way_round(
    identity: Identity, operators: tuple[str, ...], *, may: bool
) -> None:
    """Once operators are named, nobody else may ask for repairs by posting alerts either."""
    assert asker(identity, operators, sign_in=True, knows_somebody=True).may_notify is may
