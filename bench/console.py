"""The console's pages over 5,000 processing timelines, as HTTP and in Debian's Chromium."""

from __future__ import annotations

import statistics
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

from bench import waiting
from bench.site import Site
from exporter.demo.processes import free_port, spawn
from tests.integration.console.browser import chromium

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

_PROCESSING = 5_000
_ROUNDS = 50
_PAINTS = 5
_PAGES = ("", "timelines", "timelines?sort=worker&page=40", "timelines/1", "scans")
_PAINTED = "performance.getEntriesByName('first-contentful-paint').map(each => each.startTime)"


def measure(directory: Path) -> dict[str, object]:
    """Return how long each page takes to come, and until something of it is to be seen."""
    with Site(directory) as site:
        site.fill(timelines=10_000, processing=_PROCESSING, sketches=2_000)
        url = f"http://127.0.0.1:{free_port()}"
        with spawn(
            [sys.executable, "-m", "exporter", f"--web.listen-address={url[7:]}", "serve"],
            name="serve",
            directory=directory,
            env=site.environment(),
        ):
            waiting.until(lambda: b'id="timeline-' in _get(f"{url}/timelines"), "a scan")
            pages = {f"/{path}": _timed(f"{url}/{path}") for path in _PAGES}
            with chromium() as browser:
                paints = [_paint(browser, f"{url}/timelines") for _ in range(_PAINTS)]
    return {
        "target": {"first_paint_seconds": 1.0},
        "processing_timelines": _PROCESSING,
        "requests_a_page": _ROUNDS,
        "median_seconds": pages,
        "first_paint_seconds": round(statistics.median(paints), 3),
    }


def _timed(url: str) -> float:
    seconds = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        body = _get(url)
        seconds.append(time.perf_counter() - began)
        if b"</html>" not in body:
            raise AssertionError(f"no page at {url}")
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


def _get(url: str) -> bytes:
    """Return a page; nothing while the server does not listen yet."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  # nosec B310  # an address of ours
            body: bytes = answer.read()
            return body
    except OSError:
        return b""
