"""Links work where the repository is browsed as well as in the site, which MkDocs looks after."""

from __future__ import annotations

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, Page

_BY_PATH = {page.path: page for page in PAGES}


def _leads(page: Page, link: str) -> tuple[Page | None, str]:
    """The document that a link leads to, None for other files, and the heading that it names."""
    path, _, anchor = link.partition("#")
    target = (page.path.parent / path).resolve() if path else page.path
    assert target.is_relative_to(ROOT), link
    assert target.exists(), link
    return _BY_PATH.get(target), anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links(page: Page) -> None:
    """Each leads to a file of the repository, and to a heading of it if it names one."""
    for link in page.links:
        target, anchor = _leads(page, link)
        assert target is None or not anchor or anchor in target.anchors, link


def test_every_page_is_reachable() -> None:
    """Whoever follows links from the README or the front page comes to every page of docs/."""
    ahead = [_BY_PATH[ROOT / "README.md"], _BY_PATH[DOCS / "index.md"]]
    found: list[Page] = []
    while ahead:
        page = ahead.pop()
        found.append(page)
        targets = (_leads(page, link)[0] for link in page.links)
        ahead += {each for each in targets if each and each not in (*found, *ahead)}
    assert {page.name for page in PAGES if page.path.parent == DOCS} <= {
        page.name for page in found
    }
