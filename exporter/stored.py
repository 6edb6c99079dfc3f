"""Values as they were written, or a ValueError: SQLite keeps any type in any column.

A disk or a hand may have changed single values while a file as a whole is sound.
"""

from __future__ import annotations

# The last second of the year 9999, which is the last that can be told.
_LAST = 253_402_300_799
_FIRST = -62_135_596_800  # of the year 1


def moment(value: object) -> float:
    """A moment in Unix seconds; raises ValueError for what is none."""
    return _within(value, 0)


def instant(value: object) -> float:
    """A moment that others than we dated, also before 1970; raises ValueError for what is none."""
    return _within(value, _FIRST)


def instant_or_none(value: object) -> float | None:
    """Such a moment, if it is known."""
    return None if value is None else instant(value)


def moment_or_none(value: object) -> float | None:
    """A moment that may not be known."""
    return None if value is None else moment(value)


def _within(value: object, first: int) -> float:
    if isinstance(value, (int, float)) and first <= value <= _LAST:
        return value
    raise ValueError(f"{value!r} is no moment")


def text(value: object) -> str:
    """A text; raises ValueError for what is none."""
    if isinstance(value, str):
        return value
    raise ValueError(f"{value!r} is no text")


def text_or_none(value: object) -> str | None:
    """A text that may be missing."""
    return None if value is None else text(value)


def number(value: object) -> int:
    """A whole number; raises ValueError for what is none."""
    if type(value) is int:
        return value
    raise ValueError(f"{value!r} is no whole number")


def number_or_none(value: object) -> int | None:
    """A whole number that may be missing."""
    return None if value is None else number(value)


def texts(value: object) -> tuple[str, ...]:
    """Several texts; raises ValueError for what they are not."""
    if isinstance(value, list):
        return tuple(map(text, value))
    raise ValueError(f"{value!r} are no texts")
