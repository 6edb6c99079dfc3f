"""One installation for all tests of the console's pages, and a browser for each file of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.console.browser import chromium
from tests.integration.console.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

STRANGE = (
    '<b onclick="alert(1)">bold</b> & "quoted"',
    "تقرير الحادث من الخادم",
    "x" * 10_000,
    "many words " * 900,
)
"""Names that must not break a page."""


@pytest.fixture(scope="package")
def installation() -> Iterator[Installation]:
    """Return an installation with something for every page, strange names among it."""
    with Installation() as made:
        made.strange = made.lose(*STRANGE)
        made.wait_for(orphaned=2 + len(STRANGE))
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser; of a file only, for no other can be started while Playwright runs."""
    with chromium() as started:
        yield started
