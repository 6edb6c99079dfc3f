"""What the site shows of the repository besides docs/, and where links lead that leave both.

MkDocs calls these functions while it builds (mkdocs.org, User Guide, Configuration, hooks). Links
in the documents are those of the repository, so that they work where it is browsed as well.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_REPOSITORY = Path(__file__).parents[1]
_RUNBOOKS = "alerts/runbooks"
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|[#/])(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?(?=\))")

SHOWN = {
    "CHANGELOG.md": "changelog.md",
    "exporter/web/static/icon.svg": "icon.svg",
    "website/site.css": "site.css",
    **{
        f"{_RUNBOOKS}/{runbook.name}": f"runbooks/{runbook.name}"
        for runbook in sorted((_REPOSITORY / _RUNBOOKS).glob("*.md"))
    },
}
"""Path in the repository -> path in the site."""

_ORIGINAL = {shown: path for path, shown in SHOWN.items()}


def on_config(config: MkDocsConfig) -> None:
    """Put the runbooks into the navigation, below the heading that names their directory."""
    for item in config.nav or ():
        if isinstance(item, dict) and item.get("Runbooks") == "runbooks/":
            item["Runbooks"] = [
                {Path(page).stem.removeprefix("Timesketch"): page}
                for page in SHOWN.values()
                if page.startswith("runbooks/")
            ]


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add to the site's files what is shown from elsewhere."""
    for path, shown in SHOWN.items():
        files.append(File.generated(config, shown, abs_src_path=str(_REPOSITORY / path)))


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let each link lead to where its target is in the site, or else to the repository's pages.

    A link to nothing stays as it is, and MkDocs tells of it.
    """
    del files
    here = page.file.src_uri
    base = posixpath.dirname(_ORIGINAL.get(here, f"docs/{here}"))

    def moved(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(base, link["path"]))
        shown = path.removeprefix("docs/") if path.startswith("docs/") else SHOWN.get(path)
        anchor = link["anchor"] or ""
        if shown is not None:
            return posixpath.relpath(shown, posixpath.dirname(here) or ".") + anchor
        if (_REPOSITORY / path).exists():
            return f"{config.extra['repository']}/blob/main/{path}{anchor}"
        return link[0]

    return _LINK.sub(moved, markdown)
