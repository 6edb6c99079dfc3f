"""What a document quotes of the exporter, it says: each line has its text in the code.

Blocks that are marked `text` hold such lines, as they were printed.
"""

from __future__ import annotations

import ast
import functools
import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import PAGES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands before a message: the program and the setting that is wrong; `check`'s mark, name and
# level; a guard.
_BEFORE = re.compile(
    r"timesketch-exporter: (?:--timesketch\.config: )?"
    r"|[✓!✗] [a-z]+(?: [a-z]+)* +(?:(?:failure|warning): )?"
    r"|(?:brake|pause|budget|protected|mode): "
)
_LOGGED = re.compile(r'(?:event|because)="([^"]+)"')
# Shorter than this, a text is none of those that say something.
_LEAST = 6
_FILLED = "(.*?)"
# What is filled in that the package does not say: a name, a number or a list of such, a moment; and
# what the system, a driver or an operator said.
_VALUE = re.compile(r"[^ ]*|[^ ,]+(?:, [^ ,]+)+|[\d-]+ [\d:]+ UTC")
_OF_OTHERS = {
    "Address already in use",
    "permission denied",
    "No permissions to access a key",
    "file is not a database",
    "[Errno 111] Connection refused",
    "Error 111 connecting to redis:6379. Connection refused.",
    'could not translate host name "postgres" to address: Name or service not known',
    "looking at the broker",
}

_LINES = [
    pytest.param(line, id=f"{page.name}-{line[:60]}")
    for page in PAGES
    for block in page.blocks
    if block.info == "text"
    for line in block.text.splitlines()
]


@functools.cache
def _messages() -> tuple[re.Pattern[str], ...]:
    """Every text in the package, with a group for each value that is filled in."""
    files = (ROOT / "exporter").rglob("*.py")
    found = {text for file in files for text in _texts(ast.parse(file.read_text("utf-8")))}
    return tuple(re.compile(text) for text in found)


def _texts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values=parts):
                fixed = [part.value if isinstance(part, ast.Constant) else None for part in parts]
            case ast.Constant(value=str(text)):
                fixed = [text]
            case _:
                continue
        if sum(len(str(part)) for part in fixed if part is not None) >= _LEAST:
            text = "".join(_FILLED if part is None else re.escape(str(part)) for part in fixed)
            # Of two values without a text between them, the first is a word.
            yield text.replace(_FILLED * 2, f"([^ ]*){_FILLED}")


def _is_said(message: str) -> bool:
    """Whether it is a text of the package, filled in with values or with texts of the package."""
    matches = (known.fullmatch(message) for known in _messages())
    return any(
        all(
            _VALUE.fullmatch(filled) or filled in _OF_OTHERS or _is_said(filled)
            for filled in match.groups()
        )
        for match in matches
        if match
    )


@pytest.mark.parametrize("line", _LINES)
def test_line(line: str) -> None:
    """Behind what every such line begins with stands a message of the package."""
    if line.startswith("level="):
        messages = _LOGGED.findall(line)
    else:
        begin = _BEFORE.match(line)
        messages = [line[begin.end() :] if begin else line]
    assert messages
    for message in messages:
        assert _is_said(message), message


def test_what_is_not_said_is_noticed() -> None:
    """A line with one word that is not the program's fits nowhere."""
    assert _is_said("the journal holds no repair ffff")
    assert not _is_said("the journal has no repair ffff")
