"""The names and values of figures, as people read them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNITS = {"seconds": "s", "mib": "MiB", "gib": "GiB", "bytes": "bytes", "percent": "%"}
_SHORT = {"p95": "95 of 100", "p99": "99 of 100"}
_ROUNDED = 1000
"""So many seconds, and more, are told without a fraction."""


def words(*path: str) -> str:
    """Return keys in words, without the units, which stand with the values.

    Names that were chosen for people, with blanks or signs in them, are left as they are.
    """
    return ", ".join(_word(key) for key in path if key)


def cell(path: Sequence[str], value: object) -> str:
    """Return a value with its unit, which the last key that has one names."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(cell(path, each) for each in value) or "none"
    if isinstance(value, int | float):
        return _number(_unit(path), value)
    return "none" if value in (None, {}) else str(value)


def _word(key: str) -> str:
    if re.fullmatch(r"[a-z0-9_]+", key) is None:
        return key
    parts = [part for part in key.split("_") if part not in _UNITS] or [key]
    return " ".join(_SHORT.get(part, part) for part in parts)


def _unit(path: Sequence[str]) -> str:
    for key in reversed(path):
        for part in key.split("_"):
            if part in _UNITS:
                return _UNITS[part]
    return ""


def _number(unit: str, value: float) -> str:
    if unit == "s":
        return _duration(value)
    return f"{int(value) if value == int(value) else value:,} {unit}".strip()


def _duration(seconds: float) -> str:
    if 0 < seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.3g} s" if seconds < _ROUNDED else f"{seconds:,.0f} s"
