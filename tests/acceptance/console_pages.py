"""What people do on the console's pages, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MOST_STOPS = 80
"""No page of these tests has as many things that take the focus."""


PATIENCE = 30_000
"""Milliseconds in which a page comes that needs a scan, on a machine that is busy."""


def arrive(page: Page, heading: str) -> None:
    """Wait for the page with this in its heading, laid out."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading, timeout=PATIENCE)
    page.wait_for_load_state()


def plan(page: Page, timeline: int) -> None:
    """Go to the plan of a timeline's repair with the mouse."""
    page.goto("/")
    page.locator(f"#timeline-{timeline}").get_by_role("link", name=str(timeline)).click()
    page.get_by_role("button", name="Plan its repair").click()
    arrive(page, "Plan of 1 repair")


def wanted(page: Page) -> str:
    """What the page asks for to be typed."""
    return page.locator("label code").inner_text()


def confirm(page: Page, button: str) -> None:
    """Type what the page asks for and press its button."""
    page.locator("input[name=confirm]").fill(wanted(page))
    page.get_by_role("button", name=button, exact=True).click()


def result(page: Page) -> Locator:
    """The one row that tells what became of a plan."""
    arrive(page, "What became of the plan")
    return page.locator("tbody tr")


def tab_to(page: Page, target: Locator) -> None:
    """Press the tabulator until the target has the focus, and can be seen to have it."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            break
    expect(target).to_be_focused()
    expect(target).to_be_in_viewport()
    expect(target).to_have_css("outline-style", "solid")
    expect(target).to_have_css("outline-width", "2px")
