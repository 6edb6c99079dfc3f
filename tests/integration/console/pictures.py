"""Takes the pictures of the console: `python -m tests.integration.console.pictures DIRECTORY`."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image

from exporter.demo.cast import DOOMED
from tests.integration.console.browser import chromium
from tests.integration.console.installation import PASSWORD, USER, Installation

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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
            _take(browser, installation, scheme, directory)


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


def _take(browser: Browser, installation: Installation, scheme: Scheme, directory: Path) -> None:
    context = browser.new_context(
        color_scheme=scheme,
        viewport={"width": WIDTH, "height": HEIGHT},
        http_credentials={"username": USER, "password": PASSWORD},
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    page = context.new_page()
    for name, path in pages_of(installation).items():
        page.goto(f"{installation.url}{path}")
        image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        small = image.quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(directory / f"console-{name}-{scheme}.png", optimize=True)
    context.close()


if __name__ == "__main__":
    main()
