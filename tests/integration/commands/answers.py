"""Every address at which `serve` answers a GET request, filled in with what is really there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import exporter.web

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.integration.commands.serving import Serving

_PAGE = re.compile(r'@app\.get\(\s*"([^"]+)", response_class=HTMLResponse')


def addresses(serving: Serving, there: Mapping[str, object], **headers: str) -> Iterator[str]:
    """Yield the paths of all pages and of everything in openapi.json.

    `there` has a value for each name in their templates; fails with KeyError for one that is
    missing, such as that of a page that is new.
    """
    described = serving.get("/openapi.json", **headers).json()["paths"]
    api = {path for path, methods in described.items() if "get" in methods}
    for template in sorted({*_pages(), *api, "/openapi.json"}):
        yield template.replace(":path}", "}").format_map(there)


def _pages() -> Iterator[str]:
    """The templates of the console's pages, as the package declares them."""
    (place,) = exporter.web.__path__
    for file in Path(place).rglob("*.py"):
        yield from _PAGE.findall(file.read_text(encoding="utf-8"))
