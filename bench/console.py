"""The console's pages over 5,000 processing timelines, as HTTP and in Debian's Chromium."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from bench import waiting
from bench.serving import serve
from bench.site import Site
from tests.integration.console.browser import chromium

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from bench.serving import Served

_PAGES = ("", "timelines", "timelines?sort=worker&page=40", "timelines/1", "scans")
QUICK = {"processing": 50, "rounds": 2, "paints": 1}
_PAINTED = "performance.getEntriesByName('first-contentful-paint').map(each => each.startTime)"


def measure(
    directory: Path, *, processing: int = 5_000, rounds: int = 50, paints: int = 5
) -> dict[str, object]:
    """Return how long each page takes to come, and until something of it is to be seen."""
    with Site(directory) as site:
        site.fill(timelines=10_000, processing=processing, sketches=2_000)
        with serve(site) as ours:
            waiting.until(lambda: 'id="timeline-' in ours.get("/timelines"), "a scan")
            pages = {f"/{path}": _timed(ours, f"/{path}", rounds) for path in _PAGES}
            with chromium() as browser:
                painted = [_paint(browser, f"{ours.url}/timelines") for _ in range(paints)]
    return {
        "target": {"first_paint_seconds": 1.0},
        "processing_timelines": processing,
        "requests_a_page": rounds,
        "median_seconds": pages,
        "first_paint_seconds": round(statistics.median(painted), 3),
    }


def _timed(ours: Served, path: str, rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        body = ours.get(path)
        seconds.append(time.perf_counter() - began)
        if "</html>" not in body:
            raise AssertionError(f"no page at {path}")
    return round(statistics.median(seconds), 4)


def _paint(browser: Browser, url: str) -> float:
    """Return the seconds until a browser that was never here shows something of a page."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(url)
        waiting.until(lambda: bool(page.evaluate(_PAINTED)), "something is painted")
        return float(page.evaluate(_PAINTED)[0]) / 1000
    finally:
        context.close()
