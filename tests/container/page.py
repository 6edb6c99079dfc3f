"""The blocks of docs/install-docker.md."""

from __future__ import annotations

import re

from tests.container.compose import TOP

PAGE = TOP / "docs" / "install-docker.md"


def blocks() -> list[str]:
    """Each block, without its fences."""
    return re.findall(r"^```\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)


def making_secrets() -> str:
    """The block that makes the secrets, for somebody who is root already."""
    (found,) = [block for block in blocks() if "openssl" in block]
    return found.replace("sudo ", "")
