"""The console in a real browser: lost imports of a real Timesketch are repaired and taken back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.acceptance import people
from tests.acceptance.console_pages import PATIENCE, arrive, confirm, plan, result, tab_to, wanted
from tests.acceptance.people import ANN, BEN, VIC, browsing
from tests.integration.console.accessible import require_accessible
from tests.integration.console.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.acceptance.exporter_command import Exporter
    from tests.timesketch.installation import Installation

MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
RIGHT_TO_LEFT = "\u202eتقرير الحادث من الخادم\u202e gnp.exe"
LONG = "x" * 10_000
MOST = 250
"""Timesketch refuses a longer name (with `.csv`) than 255 characters."""
STRANGE = {"markup": MARKUP, "right-to-left": RIGHT_TO_LEFT, "long": LONG}
USED = ("mouse", "keyboard", "two", "changed", "restart", "viewer", "scriptless")
NARROW = {"width": 360, "height": 800}
REFUSALS = "timesketch_exporter_console_refusals_total"
SET_READY = """
    WITH before AS (DELETE FROM timeline_status WHERE parent_id = %s RETURNING user_id, parent_id)
    INSERT INTO timeline_status (created_at, updated_at, user_id, status, parent_id)
    SELECT now(), now(), user_id, 'ready', parent_id FROM before RETURNING id
"""
"""What Timesketch's own `set_status` does."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A Timesketch with lost imports, by what they are for; the exporter; and a browser."""

    timesketch: Installation
    exporter: Exporter
    browser: Browser
    timelines: dict[str, int]

    @property
    def url(self) -> str:
        """Where the console is."""
        return self.exporter.serve.url

    def status(self, name: str) -> str:
        """The status of a timeline in Timesketch's database."""
        return self.timesketch.status(self.timelines[name])

    def entries(self, name: str) -> list[dict[str, Any]]:
        """The journal's entries about a timeline, the newest last."""
        return self.exporter.journal("--timeline", str(self.timelines[name]))

    def wait_orphaned(self, name: str) -> None:
        """Wait until `serve` calls a timeline orphaned."""
        timeline = self.timelines[name]
        self.exporter.serve.until(
            lambda scrape: timeline in scrape.orphans(), f"timeline {timeline} is orphaned"
        )


@pytest.fixture(scope="module")
def lost(
    install: Callable[..., Installation],
    attach: Callable[..., Exporter],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lost]:
    """A worker is killed while it imports one file for each test, and those with strange names."""
    timesketch = install()
    names = {**{name: name for name in USED}, **STRANGE}
    victim = timesketch.worker("victim", processes=len(names))
    victim.wait_ready()
    sketch = timesketch.api.new_sketch(MARKUP)
    timelines = {
        held: timesketch.upload_running(sketch, name[:MOST], held=held)
        for held, name in names.items()
    }
    victim.kill()
    timesketch.rows("ALTER TABLE timeline ALTER COLUMN name TYPE text")
    timesketch.rows("UPDATE timeline SET name = %s WHERE id = %s", LONG, timelines["long"])
    # All are lost at once, which is what the storm brake is for.
    settings = people.settings(tmp_path_factory.mktemp("people"))
    exporter = attach(timesketch, repair__mode="enforce", repair__brake_share="1", **settings)
    with chromium() as browser:
        lost = Lost(timesketch, exporter, browser, timelines)
        for name in timelines:
            lost.wait_orphaned(name)
        yield lost


def test_mouse(lost: Lost) -> None:
    """With the mouse: from the overview to the plan, the result, the journal, and back again."""
    timeline = lost.timelines["mouse"]
    with browsing(lost.browser, lost.url, ANN) as page:
        plan(page, timeline)
        assert lost.status("mouse") == "processing"
        assert wanted(page) == "repair 1"
        confirm(page, "Apply")
        expect(result(page)).to_contain_text("applied")
        assert lost.status("mouse") == "fail"
        (entry,) = lost.entries("mouse")
        assert (entry["actor"], entry["trigger"], entry["outcome"]) == (ANN, "console", "applied")

        repair = entry["repair_id"]
        result(page).get_by_role("link", name=repair).click()
        arrive(page, f"Repair {repair}")
        assert wanted(page) == f"undo {repair}"
        confirm(page, "Undo")
        taken_back = page.get_by_text(f"It takes repair {repair} back.")
        expect(taken_back).to_be_visible(timeout=PATIENCE)
        assert lost.status("mouse") == "processing"
        undo = lost.entries("mouse")[-1]
        assert (undo["actor"], undo["trigger"], undo["undoes"]) == (ANN, "console", repair)

        page.get_by_role("link", name=str(timeline), exact=True).click()
        expect(page.locator(".verdict")).to_contain_text("orphaned", timeout=PATIENCE)


def test_keyboard(lost: Lost) -> None:
    """With the keyboard alone: from the overview to the result, and what has the focus shows."""
    timeline = lost.timelines["keyboard"]
    with browsing(lost.browser, lost.url, ANN) as page:
        page.goto("/")
        tab_to(page, page.locator(f"#timeline-{timeline} a.id"))
        page.keyboard.press("Enter")
        arrive(page, f"Timeline {timeline}")
        tab_to(page, page.get_by_role("button", name="Plan its repair"))
        page.keyboard.press("Enter")
        arrive(page, "Plan of 1 repair")
        tab_to(page, page.locator("input[name=confirm]"))
        page.keyboard.type(wanted(page))
        page.keyboard.press("Enter")
        expect(result(page)).to_contain_text("applied")
        tab_to(page, result(page).locator("a.id").first)
        page.keyboard.press("Enter")
        arrive(page, "Repair ")
    assert lost.status("keyboard") == "fail"


def test_two_operators(lost: Lost) -> None:
    """Of two who confirm the same at once one repairs it, and the other is told so in words."""
    timeline = lost.timelines["two"]
    with (
        browsing(lost.browser, lost.url, ANN) as anns,
        browsing(lost.browser, lost.url, BEN) as bens,
    ):
        for page in (anns, bens):
            plan(page, timeline)
            page.locator("input[name=confirm]").fill(wanted(page))
        for page in (anns, bens):
            page.evaluate("setTimeout(() => document.querySelector('.confirm').requestSubmit())")
        for page in (anns, bens):
            expect(result(page)).to_have_count(1)
        told = [result(page).inner_text() for page in (anns, bens)]
    (other,) = [each for each in told if "applied" not in each]
    too_late = rf"cool-down: |timeline {timeline} says fail since .*, not processing"
    assert re.search(too_late, other), other
    outcomes = [entry["outcome"] for entry in lost.entries("two")]
    assert outcomes.count("applied") == 1
    assert set(outcomes) <= {"applied", "refused", "unchanged"}
    assert lost.status("two") == "fail"


def test_changed_between_plan_and_confirm(lost: Lost) -> None:
    """What changed while it was shown is left alone; the page says what, and plans anew."""
    with browsing(lost.browser, lost.url, ANN, bypass_csp=True) as page:
        plan(page, lost.timelines["changed"])
        lost.timesketch.rows(SET_READY, lost.timelines["changed"])
        before = lost.timesketch.database.everything()
        confirm(page, "Apply")
        expect(result(page)).to_contain_text("unchanged")
        expect(result(page)).to_contain_text("not written")
        expect(result(page)).to_contain_text("ready")
        assert lost.timesketch.database.everything() == before
        require_accessible(page)
        page.get_by_role("button", name="Plan what was not done anew").click()
        arrive(page, "Plan of 0 repairs")
        expect(page.locator("main")).to_contain_text("Nothing of it is orphaned")
    assert lost.status("changed") == "ready"


def test_restarted_between_plan_and_confirm(lost: Lost) -> None:
    """A page from before a restart is told to be too old, and leads back to where it works."""
    timeline = lost.timelines["restart"]
    with browsing(lost.browser, lost.url, ANN) as page:
        plan(page, timeline)
        lost.exporter.restart()
        lost.wait_orphaned("restart")
        confirm(page, "Apply")
        arrive(page, "Not allowed")
        expect(page.locator("main")).to_contain_text("nothing was changed: the page is too old")
        page.go_back()
        page.reload()
        arrive(page, "Not found")
        expect(page.locator("main")).to_contain_text("before a restart")
        assert lost.status("restart") == "processing"
        assert lost.entries("restart") == []
        page.get_by_role("link", name="To the timelines").click()
        page.get_by_label(f"Repair timeline {timeline}").check()
        page.get_by_role("button", name="Plan the repair of those chosen").click()
        confirm(page, "Apply")
        expect(result(page)).to_contain_text("applied")
    assert lost.status("restart") == "fail"


def test_viewer(lost: Lost) -> None:
    """Who may only look sees no form, and what he posts by hand is refused and counted."""
    timeline = lost.timelines["viewer"]
    before = lost.exporter.serve.scrape().value(REFUSALS, reason="role") or 0
    with browsing(lost.browser, lost.url, VIC) as page:
        for path in ("/", "/timelines", f"/timelines/{timeline}", "/repairs"):
            page.goto(path)
            expect(page.locator("main")).to_contain_text("vic is not named in --web.operators")
            expect(page.locator("form[method=post]")).to_have_count(0)
    answer = people.post(lost.url, VIC, "/plans", timelines=str(timeline), csrf="")
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "read-only" in answer.text
    assert lost.exporter.serve.scrape().value(REFUSALS, reason="role") == before + 1
    assert lost.status("viewer") == "processing"


def test_without_script(lost: Lost) -> None:
    """With JavaScript off, plan and confirmation are plain forms."""
    with browsing(lost.browser, lost.url, BEN, java_script_enabled=False) as page:
        plan(page, lost.timelines["scriptless"])
        confirm(page, "Apply")
        expect(result(page)).to_contain_text("applied")
    assert lost.status("scriptless") == "fail"


@pytest.mark.parametrize("name", STRANGE)
def test_strange_names(lost: Lost, name: str) -> None:
    """A name is text, whatever is in it, runs nothing, and fits the narrowest page."""
    shown = re.sub("[\u202e]", "\ufffd", STRANGE[name])[:100]
    with browsing(lost.browser, lost.url, ANN, viewport=NARROW) as page:

        def is_shown() -> None:
            expect(page.locator("main")).to_contain_text(shown)
            assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
            assert page.locator("main img, main script").count() == 0

        for path in ("/", "/timelines", f"/timelines/{lost.timelines[name]}"):
            page.goto(path)
            is_shown()
        plan(page, lost.timelines[name])
        is_shown()
        confirm(page, "Apply")
        expect(result(page)).to_contain_text("applied")
        is_shown()
        result(page).locator("a.id").first.click()
        arrive(page, "Repair ")
        is_shown()
    assert lost.status(name) == "fail"
