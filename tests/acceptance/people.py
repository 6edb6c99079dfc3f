"""Who uses the console: people with passwords, each with a browser of their own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import bcrypt
import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

ANN, BEN, VIC = "ann", "ben", "vic"
"""Ann and Ben are operators, Vic may look."""

PASSWORD = "right"


def settings(directory: Path) -> dict[str, str]:
    """What `serve` has to be told about them."""
    # As cheap as bcrypt can be, since every request of every page is asked for it.
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    users = "".join(f"  {name}: {hashed}\n" for name in (ANN, BEN, VIC))
    config = directory / "web.yml"
    config.write_text(f"basic_auth_users:\n{users}")
    return {
        "web__config__file": str(config),
        "web__operators": f"{ANN},{BEN}",
        "web__metrics_public": "true",
    }


@contextmanager
def browsing(
    browser: Browser,
    url: str,
    user: str,
    **options: Any,  # noqa: ANN401  the browser's own
) -> Iterator[Page]:
    """A page of somebody's, in which `page.goto("/")` is the overview.

    Within, no script that is not the console's may have run, nor any dialog have opened.
    """
    context = browser.new_context(
        base_url=url, http_credentials={"username": user, "password": PASSWORD}, **options
    )
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


def post(url: str, user: str, path: str, **fields: str) -> httpx.Response:
    """What somebody's browser sends where the form was written by hand."""
    return httpx.post(
        f"{url}{path}",
        data=fields,
        auth=(user, PASSWORD),
        headers={"Sec-Fetch-Site": "same-origin"},
        timeout=30.0,
    )
