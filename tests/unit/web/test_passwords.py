"""Passwords are compared with bcrypt, at the same cost whatever is wrong, and remembered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import bcrypt
import pytest

from exporter.web.credentials import Credentials
from exporter.web.passwords import REMEMBERED, Passwords

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHEAP, DEAR = (bcrypt.hashpw(b"right", bcrypt.gensalt(cost)) for cost in (4, 5))
USERS = {"alice": CHEAP, "bob": DEAR}


class Counted:
    """Passwords, and every hash that bcrypt was asked about."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self.hashes: list[bytes] = []
        self._passwords = Passwords(self._compare)

    def _compare(self, password: bytes, stored: bytes) -> bool:
        self.hashes.append(stored)
        return bcrypt.checkpw(password, stored)

    def right(self, name: str, password: bytes, users: Mapping[str, bytes] = USERS) -> bool:
        """Whether they are right."""
        return self._runner.run(self._passwords.right(Credentials(name, password), users))


@pytest.fixture
def counted() -> Iterator[Counted]:
    """Return passwords that have checked none yet."""
    with asyncio.Runner() as runner:
        yield Counted(runner)


def test_right_and_wrong(counted: Counted) -> None:
    """A user's own password is right, and no other."""
    assert counted.right("alice", b"right")
    assert not counted.right("alice", b"wrong")
    assert not counted.right("alice", b"")
    assert not counted.right("", b"right")


def test_an_unknown_user_costs_what_a_wrong_password_does(counted: Counted) -> None:
    """For an unknown name one comparison is made as well, against a hash of the users'."""
    assert not counted.right("alice", b"wrong")
    assert len(counted.hashes) == 1
    assert not counted.right("mallory", b"wrong")
    assert len(counted.hashes) == 2
    assert set(counted.hashes) <= {CHEAP, DEAR}


def test_an_unknown_name_always_costs_the_same(counted: Counted) -> None:
    """Asked twice, a name is compared against the same hash, as a user's would be."""
    for name in ("mallory", "trudy", "eve"):
        counted.hashes.clear()
        assert not counted.right(name, b"wrong")
        assert not counted.right(name, b"wrong")
        assert len(set(counted.hashes)) == 1
        assert len(counted.hashes) == 2


def test_the_password_of_the_stand_in_lets_nobody_in(counted: Counted) -> None:
    """An unknown name with a password that is some user's is nobody, however often it asks."""
    for _ in range(2):
        assert not counted.right("mallory", b"right", {"alice": CHEAP})
    assert len(counted.hashes) == 2


def test_what_was_right_is_not_compared_again(counted: Counted) -> None:
    """The second time is free; a wrong password costs every time."""
    assert counted.right("alice", b"right")
    assert counted.right("alice", b"right")
    assert len(counted.hashes) == 1
    assert not counted.right("alice", b"wrong")
    assert not counted.right("alice", b"wrong")
    assert len(counted.hashes) == 3


def test_what_changed_is_not_remembered(counted: Counted) -> None:
    """A password that was right is wrong once the hash is another's or the user is gone."""
    assert counted.right("alice", b"right")
    other = bcrypt.hashpw(b"other", bcrypt.gensalt(4))
    assert not counted.right("alice", b"right", {"alice": other})
    assert not counted.right("alice", b"right", {"bob": DEAR})


def test_no_name_can_pose_as_another_with_its_hash(counted: Counted) -> None:
    """Joining name, hash and password otherwise makes none that was right (CVE-2022-46146)."""
    assert counted.right("alice", b"right")
    assert not counted.right("alice" + CHEAP.decode(), b"right")
    assert not counted.right("alice", CHEAP + b"right")
    assert not counted.right("alic", b"eright")


@pytest.mark.parametrize("password", [b"x" * 73, b"right".ljust(100, b"\0"), b"a\0b", b"\xff" * 72])
def test_odd_passwords_are_wrong(counted: Counted, password: bytes) -> None:
    """Passwords that bcrypt cannot take are wrong, and raise nothing."""
    assert not counted.right("alice", password)


def test_what_bcrypt_refuses_is_wrong() -> None:
    """A byte that some version of bcrypt does not take makes a wrong password, not an error."""

    def refuse(_password: bytes, _stored: bytes) -> bool:
        raise ValueError

    given = Credentials("alice", b"a\0b")
    assert not asyncio.run(Passwords(refuse).right(given, USERS))


def test_only_the_first_72_bytes_are_not_enough(counted: Counted) -> None:
    """A longer password whose beginning is right is wrong."""
    users = {"alice": bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4))}
    assert counted.right("alice", b"x" * 72, users)
    assert not counted.right("alice", b"x" * 73, users)


def test_memory_is_bounded(counted: Counted) -> None:
    """Of very many right ones the oldest are compared again."""
    users = {f"user{number}": CHEAP for number in range(REMEMBERED + 1)}
    for name in users:
        assert counted.right(name, b"right", users)
    counted.hashes.clear()
    assert counted.right(f"user{REMEMBERED}", b"right", users)
    assert counted.hashes == []
    assert counted.right("user0", b"right", users)
    assert len(counted.hashes) == 1
