"""Every command line that a document shows is one that the program takes."""

from __future__ import annotations

import itertools
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from exporter.arguments import PROGRAM, parse
from exporter.options import COMMANDS
from tests.docs.pages import PAGES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.docs.pages import Page

_NAMES = {command.name for command in COMMANDS}
# What the reader puts a number in place of.
_NUMBERS = {"TIMELINE", "N"}
# Lines set in columns are what a command printed.
_SHOWN = re.compile(rf"^(?:\$ )?{PROGRAM} (?P<arguments>(?!.* {{3}}).*)$", re.MULTILINE)
_TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)


def _command_lines(page: Page) -> Iterator[str]:
    for span in page.spans:
        name, _, rest = span.partition(" ")
        if name == PROGRAM and rest:
            yield rest
        elif name in _NAMES and "--" in rest:
            yield span
    for block in page.blocks:
        if block.info != "text":
            whole = re.sub(r" *\\\n *", " ", block.text)
            yield from (line["arguments"] for line in _SHOWN.finditer(whole))


def _words(line: str) -> Iterator[str]:
    """The words of a shell's command, up to where another one or a file begins."""
    words = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    words.whitespace_split = True
    return itertools.takewhile(lambda word: not word or not set(word) <= set("|&;<>"), words)


_LINES = sorted({(line, page.name) for page in PAGES for line in _command_lines(page)})


@pytest.mark.parametrize(("line", "page"), _LINES)
def test_command_line(line: str, page: str) -> None:
    """Its command, options and settings exist."""
    argv = ["1" if word in _NUMBERS else word for word in _words(line)]
    if argv in (["--version"], ["--help"]):
        return
    assert parse(argv).problems == [], page


def test_command_lines_are_found() -> None:
    """The test above sees the lines of prose, of blocks, and those that are continued."""
    lines = {line for line, _ in _LINES}
    assert "repair --revoke" in lines
    assert "scan" in lines
    assert any(line.startswith("serve --timesketch.config") for line in lines)
    assert any("--webhook.token-file" in line for line in lines)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make(page: Page) -> None:
    """What a document says to `make` can be made."""
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    shown = [*page.spans, *(line for block in page.blocks for line in block.text.splitlines())]
    asked = {words[1] for line in shown if (words := line.split())[:1] == ["make"] and words[1:]}
    assert asked <= targets
