"""Durations as people write them: 15, 15s, 250ms, 1m30s, 24h, 1d."""

from __future__ import annotations

import re

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def seconds(value: object) -> float:
    """The seconds that a number or a text such as `1m30s` means; ValueError for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    text = value.strip().lower() if isinstance(value, str) else ""
    if _NUMBER.fullmatch(text):
        return float(text)
    if not _WHOLE.fullmatch(text):
        message = "is not a duration (write 15, 15s, 250ms, 1m30s, 24h or 1d)"
        raise ValueError(message)
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def text(duration: float) -> str:
    """A duration in seconds as the greatest unit that leaves no fraction: 24h, 660s, 250ms."""
    for unit in ("d", "h", "m"):
        if duration > _SECONDS[unit] and duration % _SECONDS[unit] == 0:
            return f"{duration / _SECONDS[unit]:.12g}{unit}"
    return f"{duration:.12g}s" if duration >= 1 else f"{duration * 1000:.12g}ms"
