"""A timesketch.conf as an administrator makes it: upstream's file, a few settings changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_configuration(template: Path, target: Path, settings: Mapping[str, object]) -> None:
    """Write upstream's timesketch.conf with these settings in the place of its own.

    A setting that upstream's file does not have is appended.
    """
    text = template.read_text(encoding="utf-8")
    for name, value in settings.items():
        line = f"{name} = {value!r}"
        found = re.search(rf"^{name} = .*$", text, flags=re.MULTILINE)
        if found is None:
            text += f"\n{line}\n"
        else:
            text = text[: found.start()] + line + text[found.end() :]
    target.write_text(text, encoding="utf-8")
