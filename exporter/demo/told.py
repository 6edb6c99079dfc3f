"""Whether what was seen of a timeline is what was told of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def came_out(told: str, seen: Sequence[str]) -> bool:
    """Whether the states seen, in order, are those told; a state in parentheses may be missing."""
    pattern = "".join(
        f"(?:{state[1:-1]} )?" if state.startswith("(") else f"{state} " for state in told.split()
    )
    return re.fullmatch(pattern, "".join(f"{state} " for state in seen)) is not None


def arrows(states: Sequence[str]) -> str:
    """Return states as a line to read: `running → orphaned`."""
    return " → ".join(states) or "never mentioned"
