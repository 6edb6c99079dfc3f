"""Tokens hold as long as they stand in their file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import TokenFileError
from exporter.web.tokens_file import LONGEST_FILE
from exporter.web.webhook.tokens import TokenFile

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a file with one token."""
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    return file


@pytest.mark.parametrize("header", ["Bearer s3cret", "bearer s3cret", "BEARER   s3cret "])
def test_who_knows_the_token_is_let_in(path: Path, header: str) -> None:
    """The scheme may be written in any case, as HTTP says."""
    assert TokenFile(path).accepts(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "s3cret",
        "Basic s3cret",
        "Bearer s3cre",
        "Bearer s3cret2",
        "Bearer é",
    ],
)
def test_nobody_else_is(path: Path, header: str) -> None:
    """A header without a token that holds lets nobody in."""
    assert not TokenFile(path).accepts(header)


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_any_header(tmp_path_factory: pytest.TempPathFactory, header: str) -> None:
    """Whatever a header holds, it is compared and nothing more."""
    file = tmp_path_factory.getbasetemp() / "token-of-any-header"
    file.write_text("s3cret")
    assert TokenFile(file).accepts(header) is (header.strip().lower() == "bearer s3cret")


def test_the_file_is_read_anew(path: Path) -> None:
    """A new token holds at once, and the old one no longer; during a change both may."""
    tokens = TokenFile(path)
    path.write_text("s3cret\n\nn3xt\n")
    assert tokens.accepts("Bearer s3cret")
    assert tokens.accepts("Bearer n3xt")
    path.write_text("n3xt")
    assert not tokens.accepts("Bearer s3cret")
    assert tokens.accepts("Bearer n3xt")


def test_a_file_that_cannot_serve_is_told(path: Path) -> None:
    """An empty, missing or huge file lets nobody in, and says why."""
    tokens = TokenFile(path)
    path.write_text(" \n\n")
    with pytest.raises(TokenFileError, match="is empty; each line of it should be a token"):
        tokens.accepts("Bearer ")
    path.write_bytes(b"x" * (LONGEST_FILE + 1))
    with pytest.raises(TokenFileError, match="is too large"):
        tokens.accepts("Bearer x")
    path.unlink()
    with pytest.raises(TokenFileError, match="no such file"):
        tokens.accepts("Bearer s3cret")
