"""A folder for readers that read files; it goes with the process."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="timesketch-exporter-fuzz-")


def written(name: str, data: bytes) -> Path:
    """The file of that name with these bytes in it, and nothing of what a reader laid beside it."""
    folder = Path(_folder().name)
    for leftover in folder.glob(f"{name}?*"):
        leftover.unlink()
    path = folder / name
    path.write_bytes(data)
    return path


def place(name: str) -> Path:
    """The path of a file that a reader makes itself."""
    return Path(_folder().name) / name
