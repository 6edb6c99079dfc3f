"""Takes the pictures of the console: `python -m tests.integration.console.pictures DIRECTORY`."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image

from exporter.demo.cast import DOOMED
from tests.integration.console.browser import chromium
from tests.integration.console.installation import OPERATOR, PASSWORD, USER, Installation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WIDTH, HEIGHT = 1280, 800
# Enough for flat colours and the edges of letters, and a third of the size.
COLOURS = 128


def main() -> None:
    """Take them all; nothing but what is seen in them depends on when or where."""
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    with Installation() as installation, chromium() as browser:
        with _opened(browser, USER) as page:
            for name, path in SHOWING.items():
                page.goto(f"{installation.url}{path}")
                _take(page, directory, name)
            for name, (path, entry) in ONE_OF_MANY.items():
                page.goto(f"{installation.url}{path}")
                page.locator(entry).first.click()
                page.wait_for_load_state()
                _take(page, directory, name)
        with _opened(browser, OPERATOR) as page:
            _act(page, installation, directory)


SHOWING = {
    "overview": "/",
    "timelines": "/timelines",
    "analyses": "/analyses",
    "workers": "/workers",
    "repairs": "/repairs",
    "requests": "/requests",
    "scans": "/scans",
    "reference": "/reference",
    "not-found": "/timelines/4711",
}
"""The pages that stand for themselves, by the name of their picture."""

ONE_OF_MANY = {
    "worker": ("/workers", "main td a"),
    "repair": ("/repairs", "tr:has-text('applied') a.id"),
    "request": ("/requests", "main td a.id"),
}
"""Pages of one thing: where it is listed, and what leads to it from there."""


@contextmanager
def _opened(browser: Browser, user: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        http_credentials={"username": user, "password": PASSWORD},
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def _act(page: Page, installation: Installation, directory: Path) -> None:
    """Repair what was lost, after the pause that the other pictures show; then its whole story."""
    page.goto(f"{installation.url}/timelines/{installation.stage.timeline_id(DOOMED)}")
    _take(page, directory, "timeline")
    page.goto(f"{installation.url}/repairs")
    page.get_by_role("button", name="Resume repairs").click()
    page.goto(f"{installation.url}/timelines/{installation.stage.timeline_id(DOOMED)}")
    page.get_by_role("button", name="Plan its repair").click()
    apply = page.get_by_role("button", name="Apply")
    apply.wait_for()
    _take(page, directory, "plan")
    page.get_by_role("textbox").fill("repair 1")
    apply.click()
    page.get_by_role("heading", name="What became of the plan").wait_for()
    _take(page, directory, "result")
    page.goto(f"{installation.url}/timelines/{installation.stage.timeline_id(DOOMED)}")
    story = page.get_by_role("heading", name="Its story")
    story.evaluate("heading => heading.scrollIntoView()")
    _take(page, directory, "story")


def _take(page: Page, directory: Path, name: str) -> None:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        path = directory / f"console-{name}-{scheme}.png"
        image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
