"""From the overview to a confirmed repair and back, in a browser."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.integration.commands.operating import serve_orphans, with_tokens
from tests.integration.commands.repairing import Installation
from tests.integration.console.accessible import require_accessible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

OPERATOR = "olga"
"""Signed in by a proxy, for which the browser stands here."""


@pytest.fixture
def made(database_url: str, broker_url: str, tmp_path: Path) -> Installation:
    """An installation without workers, before which a proxy signs people in."""
    installation = Installation.make(database_url, broker_url, tmp_path)
    with_tokens(installation, tmp_path)
    installation.settings |= {
        "web.trusted-header": "X-Forwarded-User",
        "web.trusted-proxies": "127.0.0.1",
    }
    return installation


@contextmanager
def opened(browser: Browser, *, scripts: bool = True) -> Iterator[Page]:
    """A window of an operator's, in which nothing may go wrong."""
    context = browser.new_context(
        java_script_enabled=scripts, extra_http_headers={"X-Forwarded-User": OPERATOR}
    )
    try:
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console", lambda said: problems.append(said.text) if said.type == "error" else None
        )
        yield page
        assert problems == []
    finally:
        context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_by_mouse(made: Installation, browser: Browser, tmp_path: Path, *, scripts: bool) -> None:
    """Chosen in the table, confirmed on the plan, told as done, and taken back."""
    orphan, other = made.orphan("disk.csv"), made.orphan("mail.csv")
    serving = serve_orphans(made, tmp_path, orphan, other)
    with serving.process, opened(browser, scripts=scripts) as page:
        page.goto(f"{serving.url}/")
        page.get_by_role("link", name="Timelines", exact=True).click()
        page.get_by_label(f"Repair timeline {orphan}").check()
        page.get_by_role("button", name="Plan the repair of those chosen").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Plan of 1 repair")
        page.get_by_label("To write this into Timesketch's database").fill("repair 1")
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("What became of the plan")
        assert (made.status(orphan), made.status(other)) == ("fail", "processing")
        [entry] = made.journal()
        assert (entry["actor"], entry["trigger"]) == (OPERATOR, "console")
        page.get_by_role("link", name=str(entry["repair_id"])).click()
        page.get_by_label("To put the former rows back").fill(f"undo {entry['repair_id']}")
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("It takes repair")).to_be_visible()
        assert made.status(orphan) == "processing"


def test_by_keyboard(made: Installation, browser: Browser, tmp_path: Path) -> None:
    """Tab, space and enter are enough to repair."""
    orphan = made.orphan()
    serving = serve_orphans(made, tmp_path, orphan)
    with serving.process, opened(browser) as page:
        page.goto(f"{serving.url}/timelines")
        _tab_to(page, f'input[value="{orphan}"]')
        page.keyboard.press("Space")
        _tab_to(page, "#plan button:not([name])", backwards=True)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Plan of 1 repair")
        _tab_to(page, 'input[name="confirm"]')
        page.keyboard.type("repair 1")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("What became of the plan")
        assert made.status(orphan) == "fail"


def test_everybody_can_use_it(made: Installation, browser: Browser, tmp_path: Path) -> None:
    """The pages with forms are as accessible as those without, wrong words and results included."""
    orphan = made.orphan("x" * 200)
    serving = serve_orphans(made, tmp_path, orphan)
    with serving.process:
        context = browser.new_context(
            bypass_csp=True, extra_http_headers={"X-Forwarded-User": OPERATOR}
        )
        page = context.new_page()
        for path in ("timelines", "repairs", "plans/none"):
            page.goto(f"{serving.url}/{path}")
            require_accessible(page)
        page.goto(f"{serving.url}/timelines")
        with page.expect_navigation():
            page.get_by_role("button", name="Plan the repair of all that is orphaned").click()
        require_accessible(page)
        for typed in ("repair", "repair 1"):
            page.locator('input[name="confirm"]').fill(typed)
            with page.expect_navigation():
                page.get_by_role("button", name="Apply").click()
            require_accessible(page)
        with page.expect_navigation():
            page.locator("tbody a.id").first.click()
        require_accessible(page)
        context.close()


def _tab_to(page: Page, selector: str, *, backwards: bool = False) -> None:
    """Press Tab until this has the focus."""
    for _ in range(100):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(selector)
