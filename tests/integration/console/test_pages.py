"""Every page in a real browser: nothing breaks, nothing is blocked, everybody can use it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect

from exporter.demo.cast import DOOMED, IMPORT_1
from tests.integration.console.accessible import require_accessible
from tests.integration.console.installation import PASSWORD, TIMESKETCH, USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.integration.console.installation import Installation

PAGES = (
    *("", "timelines", "timelines/{doomed}", "timelines/{strange}"),
    *("analyses", "workers", "workers/{worker}", "repairs", "repairs/{repair}", "requests"),
    *("requests/{request}", "scans", "reference", "timelines/999999"),
)


def address(installation: Installation, page: str) -> str:
    """Where a page is."""
    found = re.search(r"requests/(\w+)", installation.get("/requests").text)
    assert found is not None
    path = page.format(
        doomed=installation.stage.timeline_id(DOOMED),
        strange=installation.strange[2],
        worker=IMPORT_1,
        repair=installation.repair_id,
        request=found[1],
    )
    return f"{installation.url}/{path}"


@contextmanager
def opened(browser: Browser, **options: Any) -> Iterator[Page]:  # noqa: ANN401  the browser's own
    """A page of somebody who signed in, in a context of its own."""
    context = browser.new_context(
        http_credentials={"username": USER, "password": PASSWORD},
        timezone_id="Asia/Kolkata",
        **options,
    )
    try:
        yield context.new_page()
    finally:
        context.close()


@pytest.mark.parametrize("path", PAGES)
def test_everybody_can_use_it(browser: Browser, installation: Installation, path: str) -> None:
    """In light and dark, narrow and wide, axe finds nothing and nothing is cut off."""
    with opened(browser, bypass_csp=True) as page:
        page.goto(address(installation, path))
        require_accessible(page)


def test_nothing_is_blocked_and_nothing_fails(browser: Browser, installation: Installation) -> None:
    """No page has an error in the console, breaks its policy or asks another server."""
    with opened(browser) as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("request", lambda request: asked.add(request.url))
        asked: set[str] = set()
        for path in PAGES:
            page.goto(address(installation, path))
        assert [each for each in complaints if "404 (Not Found)" not in each] == []
        assert {url for url in asked if not url.startswith(installation.url)} == set()


def test_works_without_script(browser: Browser, installation: Installation) -> None:
    """With JavaScript off, tables are filtered, ordered and followed, and times are in UTC."""
    with opened(browser, java_script_enabled=False) as page:
        page.goto(installation.url)
        page.get_by_role("link", name="Timelines", exact=True).click()
        page.get_by_role("link", name="orphaned 6").click()
        expect(page.locator("tbody tr")).to_have_count(6)
        page.get_by_label("Sketch").fill("1")
        page.get_by_role("button", name="Filter").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        page.get_by_role("link", name="every sketch").click()
        page.get_by_role("link", name="Timeline", exact=True).click()
        page.get_by_role("link", name="Timeline", exact=True).click()
        expect(page.locator("tbody tr").first).to_contain_text("many words")
        shown = page.locator("time").first
        moment = shown.get_attribute("datetime")
        assert moment is not None
        expect(shown).to_have_text(moment.replace("T", " ").removesuffix("Z"))
        expect(page.locator("footer")).to_contain_text("all times in UTC")
        wanted = str(installation.stage.timeline_id(DOOMED))
        page.locator("tbody").get_by_role("link", name=wanted, exact=True).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(DOOMED.name)


def test_times_are_the_readers(browser: Browser, installation: Installation) -> None:
    """With the script, times are in the reader's zone and UTC is shown when pointed at."""
    with opened(browser) as page:
        page.goto(f"{installation.url}/scans")
        shown = page.locator("time").first
        expect(page.locator("footer")).to_contain_text("times in Asia/")
        hours, utc = shown.inner_text()[11:16], shown.get_attribute("title") or ""
        assert utc.endswith(" UTC")
        then, here = (int(each[:2]) * 60 + int(each[3:5]) for each in (utc[11:16], hours))
        assert (here - then) % (24 * 60) == 5 * 60 + 30


def test_keeps_itself_fresh(browser: Browser, installation: Installation) -> None:
    """What is new shows up by itself, and whoever is on their way through the page stays there."""
    with opened(browser) as page:
        page.goto(f"{installation.url}/scans")
        page.evaluate("window.same = true")
        newest = page.locator("tbody tr").first.get_attribute("id")
        page.locator("footer a").first.focus()
        expect(page.locator("tbody tr").first).not_to_have_id(newest or "")
        assert page.evaluate("window.same")
        assert page.evaluate("document.activeElement.textContent") == "Metrics"
        expect(page.locator("#live")).to_have_text("live")


def test_what_is_typed_is_not_taken_away(browser: Browser, installation: Installation) -> None:
    """While somebody fills a form in, the page stays as it is, and goes on afterwards."""
    with opened(browser) as page:
        page.clock.install()
        page.goto(f"{installation.url}/timelines")
        page.get_by_label("Sketch").fill("4")
        page.locator("h1").click()
        # Whatever was on its way has come: the browser asks for its icon when it likes.
        page.wait_for_load_state("networkidle")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.clock.run_for(5000)
        assert asked == []
        page.get_by_label("Sketch").fill("")
        page.locator("h1").click()
        with page.expect_request("**/timelines"):
            page.clock.run_for(2000)


def test_says_when_the_exporter_is_away(browser: Browser, installation: Installation) -> None:
    """A page that gets no answer says so and is greyed, until there is one again."""
    with opened(browser) as page:
        page.goto(installation.url)
        page.context.set_offline(offline=True)
        expect(page.locator("#live")).to_have_text("no answer from the exporter", timeout=30_000)
        expect(page.locator("main")).to_have_class("stale")
        page.context.set_offline(offline=False)
        expect(page.locator("#live")).to_have_text("live", timeout=30_000)
        expect(page.locator("main.stale")).to_have_count(0)


def test_can_be_used_with_the_keyboard(browser: Browser, installation: Installation) -> None:
    """The first key leads past the navigation, and from there to the first orphan."""
    with opened(browser) as page:
        page.goto(f"{installation.url}/timelines?verdict=orphaned")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
        page.keyboard.press("Enter")
        wanted = str(installation.stage.timeline_id(DOOMED))
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == wanted:
                break
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(DOOMED.name)


def test_names_are_shown_as_they_are(browser: Browser, installation: Installation) -> None:
    """A name with markup is text, and a sketch is a click away in Timesketch."""
    with opened(browser) as page:
        page.goto(f"{installation.url}/timelines/{installation.strange[0]}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("<b onclick=")
        link = page.locator("dd a", has_text="↗")
        expect(link).to_have_attribute("href", re.compile(re.escape(TIMESKETCH) + r"/sketch/\d+/"))


def test_nobody_sees_it_without_signing_in(installation: Installation) -> None:
    """Without a password there is no page, whether it exists or not."""
    for path in PAGES:
        assert httpx.get(f"{installation.url}/{path}").status_code == httpx.codes.UNAUTHORIZED
