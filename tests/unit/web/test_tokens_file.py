"""A token of the file is a name, as long as it stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import TokenFileError
from exporter.web.tokens_file import LONGEST_FILE, NamedTokens, bearer_token

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "a" * 32, "b" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with two names."""
    file = tmp_path / "tokens"
    file.write_text(f"\ntsctl {FIRST}\n\n  zoë\t{SECOND} \n")
    return file


def test_whose_token_it_is(path: Path) -> None:
    """Each token has its name, and what is no token has none."""
    tokens = NamedTokens(path)
    assert tokens.name_of(FIRST.encode()) == "tsctl"
    assert tokens.name_of(SECOND.encode()) == "zoë"
    for wrong in (b"", b"tsctl", FIRST[:-1].encode(), f"tsctl {FIRST}".encode()):
        assert tokens.name_of(wrong) is None


def test_the_file_is_read_anew(path: Path) -> None:
    """A token that was replaced holds no longer; while both stand there both hold."""
    tokens = NamedTokens(path)
    path.write_text(f"tsctl {FIRST}\ntsctl {SECOND}\n")
    assert [tokens.name_of(each.encode()) for each in (FIRST, SECOND)] == ["tsctl", "tsctl"]
    path.write_text(f"tsctl {SECOND}\n")
    assert [tokens.name_of(each.encode()) for each in (FIRST, SECOND)] == [None, "tsctl"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", " is empty; each line of it should be NAME TOKEN"),
        (b"x" * (LONGEST_FILE + 1), " is too large to be a file of tokens"),
        (b"alice\n", ", line 1 is not NAME TOKEN"),
        (b"\nalice bob " + FIRST.encode(), ", line 2 is not NAME TOKEN"),
        (b"\xff " + FIRST.encode(), ", line 1 is not NAME TOKEN"),
        (b"a\x01b " + FIRST.encode(), ", line 1 is not NAME TOKEN"),
        (
            b"alice hunter2",
            ", line 1: a token has 16 characters at least (openssl rand -hex 32 makes one)",
        ),
        (f"a {FIRST}\nb {FIRST}".encode(), ", line 2: this token is there already"),
    ],
)
def test_what_is_no_file_of_tokens(path: Path, content: bytes, problem: str) -> None:
    """The line is named, and what stands in it never shown."""
    path.write_bytes(content)
    with pytest.raises(TokenFileError) as caught:
        NamedTokens(path).read()
    assert str(caught.value) == f"{path}{problem}"


def test_a_file_that_is_away(tmp_path: Path) -> None:
    """Without the file nobody is known, and it is said why."""
    with pytest.raises(TokenFileError, match="no such file or directory"):
        NamedTokens(tmp_path / "none").name_of(FIRST.encode())


def test_the_token_of_a_request() -> None:
    """One header of the right scheme; two would let a proxy and us heed different ones."""
    name = b"Authorization"
    assert bearer_token([(b"accept", b"x"), (name, b"bearer  abc ")]) == b"abc"
    assert bearer_token([(name, b"Basic abc")]) is None
    assert bearer_token([]) is None
    assert bearer_token([(name, b"Bearer a"), (name.lower(), b"Bearer a")]) is None


@given(st.binary(max_size=64))
def test_any_token(tmp_path_factory: pytest.TempPathFactory, offered: bytes) -> None:
    """Whatever is offered is compared and nothing more."""
    file = tmp_path_factory.getbasetemp() / "named-tokens"
    file.write_text(f"alice {FIRST}")
    assert NamedTokens(file).name_of(offered) == ("alice" if offered == FIRST.encode() else None)
