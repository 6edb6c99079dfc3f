"""Inputs that are kept, one file each, in a folder a target.

Those that once were findings, and those that reach what no others do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fuzz.target import Target

FOLDER = Path(__file__).parent / "corpus"


def kept(target: Target) -> dict[str, bytes]:
    """The target's kept inputs, by the mistake that each is named after."""
    folder = FOLDER / target.name
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.bin"))}


def everything(target: Target) -> list[bytes]:
    """Kept inputs, and good ones."""
    return [*kept(target).values(), *target.seeds()]
