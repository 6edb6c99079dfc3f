"""The documents as people read them: code spans, blocks, links and headings of each."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code and the word that stands behind its fence."""

    info: str
    text: str


@dataclass(frozen=True)
class Page:
    """One document of the repository."""

    path: Path

    @property
    def name(self) -> str:
        """Its path in the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @functools.cached_property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8")

    @functools.cached_property
    def tokens(self) -> tuple[Token, ...]:
        """What GitHub's kind of Markdown makes of it."""
        return tuple(MarkdownIt("commonmark").enable("table").parse(self.text))

    @property
    def spans(self) -> tuple[str, ...]:
        """What stands in backticks."""
        return tuple(each.content for each in self._inline() if each.type == "code_inline")

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Its fenced blocks."""
        fences = (token for token in self.tokens if token.type == "fence")
        return tuple(Block(fence.info, fence.content) for fence in fences)

    @property
    def links(self) -> tuple[str, ...]:
        """Where its links and pictures lead that stay in the repository."""
        targets = (
            str(each.attrs["href" if each.type == "link_open" else "src"])
            for each in self._inline()
            if each.type in {"link_open", "image"}
        )
        return tuple(target for target in targets if not re.match(r"[a-z]+:", target))

    @property
    def anchors(self) -> frozenset[str]:
        """What GitHub calls its headings in addresses."""
        titles = (
            (token.children or [])
            for before, token in zip(self.tokens, self.tokens[1:], strict=False)
            if before.type == "heading_open"
        )
        plain = ("".join(part.content for part in title) for title in titles)
        return frozenset(
            re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in plain
        )

    def _inline(self) -> Iterator[Token]:
        for token in self.tokens:
            yield from token.children or ()


PAGES = tuple(
    Page(path)
    for path in (
        *sorted(DOCS.glob("*.md")),
        *sorted((ROOT / "alerts" / "runbooks").glob("*.md")),
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        ROOT / "contrib" / "tsctl" / "README.md",
    )
)
"""Every document of the repository."""
