"""The site as it is built, and what stands in its pages."""

from __future__ import annotations

import collections
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from mkdocs.commands.build import build
from mkdocs.config import load_config

from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_COUNTED = {"h1", "h2", "h3", "h4", "h5", "h6", "pre", "table", "tr", "td", "ol", "ul", "li", "img"}


def build_site(directory: Path) -> None:
    """Build the site as `make site` does."""
    configuration = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(directory), strict=True)
    build(configuration)


class Shape(HTMLParser):
    """How many headings, blocks, tables, lists and pictures are in an HTML text, and all links.

    `within` is the element that counts, by default all.
    """

    def __init__(self, html: str, *, within: str | None = None) -> None:
        super().__init__()
        self._within = within
        self._depth = 0
        self.counts: collections.Counter[str] = collections.Counter()
        self.loaded: list[str] = []
        """Addresses of what a browser loads with the page."""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count an element, and take down what it loads."""
        given = dict(attrs)
        address = given.get("src") or (given.get("href") if tag == "link" else None)
        if address:
            self.loaded.append(address)
        self._depth += tag == self._within
        if tag in _COUNTED and (self._within is None or self._depth):
            self.counts[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        """Leave the element that counts."""
        self._depth -= tag == self._within
