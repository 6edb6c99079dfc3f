"""What every page keeps, whoever looks at it on whatever screen."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# Colours depend on the scheme alone and the layout on the width alone: each is looked at once.
LOOKS: tuple[tuple[Literal["light", "dark"], int, int], ...] = (
    ("light", 360, 1280),
    ("dark", 1280, 360),
)


def require_accessible(page: Page) -> None:
    """In light and dark, narrow and wide, axe finds nothing and nothing is cut off.

    The page has to be in a context that lets axe through its policy.
    """
    page.add_script_tag(content=AXE)
    for scheme, width, other_width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": other_width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= other_width
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        told = [
            (each["id"], node["html"], node["failureSummary"])
            for each in found["violations"]
            for node in each["nodes"]
        ]
        assert told == [], (scheme, width)
