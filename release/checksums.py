"""SHA256SUMS, as `sha256sum --check` reads it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "SHA256SUMS"


def write_checksums(directory: Path) -> None:
    """Write the sums of all files that are in the directory."""
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
        for file in sorted(directory.iterdir())
        if file.name != NAME
    ]
    (directory / NAME).write_text("".join(lines), encoding="utf-8")
