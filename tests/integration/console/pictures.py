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
        for scheme in SCHEMES:
            with _opened(browser, scheme, USER) as page:
                for name, path in pages_of(installation).items():
                    page.goto(f"{installation.url}{path}")
                    _take(page, directory / f"console-{name}-{scheme}.png")
        for scheme in SCHEMES:
            with _opened(browser, scheme, OPERATOR) as page:
                _plan(page, installation)
                _take(page, directory / f"console-plan-{scheme}.png")


def pages_of(installation: Installation) -> dict[str, str]:
    """The pages that have a picture, by its name."""
    return {
        "overview": "/",
        "timelines": "/timelines",
        "timeline": f"/timelines/{installation.stage.timeline_id(DOOMED)}",
        "repairs": "/repairs",
        "repair": f"/repairs/{installation.repair_id}",
        "scans": "/scans",
    }


@contextmanager
def _opened(browser: Browser, scheme: Scheme, user: str) -> Iterator[Page]:
    context = browser.new_context(
        color_scheme=scheme,
        viewport={"width": WIDTH, "height": HEIGHT},
        http_credentials={"username": user, "password": PASSWORD},
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def _plan(page: Page, installation: Installation) -> None:
    """Plan the repair of what was lost, after the pause that the other pictures show."""
    page.goto(f"{installation.url}/repairs")
    resume = page.get_by_role("button", name="Resume repairs")
    if resume.is_visible():
        resume.click()
    page.goto(f"{installation.url}/timelines/{installation.stage.timeline_id(DOOMED)}")
    page.get_by_role("button", name="Plan its repair").click()
    page.get_by_role("button", name="Apply").wait_for()
    page.wait_for_load_state()


def _take(page: Page, path: Path) -> None:
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
