"""The site: pages that read as their sources do, and that load nothing from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from tests.alerts.rules import ALERTS, SHIPPED, read
from tests.docs.pages import DOCS, PAGES, Page
from tests.docs.site import Shape, build_site

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN = [page for page in PAGES if page.path.parent.name in {"docs", "runbooks"}]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built."""
    directory: Path = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_MKDOCS_2_WARNING", "1")
        build_site(directory)
    return directory


def test_everything_is_of_its_own(site: Path) -> None:
    """No page, style or script is loaded from another server, so it works on a closed network."""
    for file in site.rglob("*.html"):
        assert [address for address in Shape(file.read_text()).loaded if ":" in address] == []
    for file in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?https?:", file.read_text()), file


@pytest.mark.parametrize("page", _SHOWN, ids=lambda page: page.name)
def test_reads_as_its_source(site: Path, page: Page) -> None:
    """Headings, blocks, tables and lists are those that GitHub makes of the same text."""
    folder = site / page.path.parent.name if page.path.parent != DOCS else site
    shown = Shape((folder / f"{page.path.stem}.html").read_text(), within="article")
    source = Shape(MarkdownIt("commonmark").enable("table").render(page.text))
    assert shown.counts == source.counts


def test_runbooks_of_an_own_site(site: Path, tmp_path: Path) -> None:
    """The command in install.md leads the alerts' links to runbooks to pages of the site."""
    (command,) = (
        line
        for block in Page(DOCS / "install.md").blocks
        for line in block.text.splitlines()
        if line.startswith("sed -i -E")
    )
    shutil.copytree(ALERTS / "rules", tmp_path / "alerts" / "rules")
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)
    rules = [rule for file in (tmp_path / "alerts" / "rules").iterdir() for rule in read(file)]
    links = [rule.annotations["runbook_url"] for rule in rules if rule.alerting]
    assert len(links) == len(SHIPPED)
    for link in links:
        assert (site / link.removeprefix("https://docs.example.org/")).is_file(), link
