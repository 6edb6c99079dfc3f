"""Damaged databases in few bytes: which values to change in a good one, or which of its pages."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.fuzz.cells import MARK, changed_cells, with_changed_cells

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGES = b"PAGES\n"
"""What an input begins with that changes whole pages."""

_STEP = 3
_SIZE_AT = slice(16, 18)
_HOWS = (b"over", b"zero", b"swap", b"cut", b"byte")


def damaged(good: bytes, data: bytes) -> bytes:
    """The file that an input stands for: itself where it is long, else a good one, changed.

    By its values or pages, where it begins so. Else of each three bytes, two are a place in the
    good file and the third is what to put there.
    """
    if data.startswith(MARK):
        return with_changed_cells(good, data)
    if data.startswith(PAGES):
        return _with_changed_pages(good, data.removeprefix(PAGES))
    if len(data) >= len(good) // 4 or len(data) % _STEP:
        return data
    made = bytearray(good)
    for at in range(0, len(data), _STEP):
        # Places are counted by stretches, so that two bytes reach the whole file.
        place = int.from_bytes(data[at : at + 2], "big") * len(made) // 2**16
        made[place] = data[at + 2]
    return bytes(made)


def _with_changed_pages(good: bytes, data: bytes) -> bytes:
    """Of each three bytes the first says what becomes of a page, the others are two pages' numbers.

    Of the first page the header stays, without which a file is no database and nothing else of it
    is read; changing that is what other inputs do.
    """
    size = int.from_bytes(good[_SIZE_AT], "big")
    pages = [good[at : at + size] for at in range(0, len(good), size)]
    for at in range(0, len(data) - _STEP + 1, _STEP):
        how, one, other = data[at], 1 + data[at + 1] % (len(pages) - 1), data[at + 2] % len(pages)
        match _HOWS[how % len(_HOWS)]:
            case b"over":
                pages[one] = pages[other]
            case b"zero":
                pages[one] = bytes(size)
            case b"swap" if other:
                pages[one], pages[other] = pages[other], pages[one]
            case b"cut" if one > 1:
                pages = pages[:one]
            case _:
                # A page's first bytes say what it is and where its rows lie.
                place = data[at + 2] % 16
                page = pages[one]
                pages[one] = page[:place] + bytes([how]) + page[place + 1 :]
    return b"".join(pages)


def bad_copies(good: bytes, swaps: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """A file as it is, cut short, with a few bytes, pages and values changed; and what is none."""
    chance = random.Random(1)
    return [
        good,
        good[: len(good) // 2],
        good[:100],
        b"",
        b"not a database",
        *(chance.randbytes(3 * count) for count in (1, 4, 40)),
        *(PAGES + bytes([how, 3, 5]) for how in range(len(_HOWS))),
        *(good.replace(old, new) for old, new in swaps),
        *changed_cells(good),
    ]
