"""Damaged databases in few bytes: what to put where into a good one."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEP = 3


def damaged(good: bytes, data: bytes) -> bytes:
    """The file that an input stands for: itself where it is long, else a good one, changed.

    Of each three bytes, two are a place in the good file and the third is what to put there.
    """
    if len(data) >= len(good) // 4 or len(data) % _STEP:
        return data
    made = bytearray(good)
    for at in range(0, len(data), _STEP):
        # Places are counted by stretches, so that two bytes reach the whole file.
        place = int.from_bytes(data[at : at + 2], "big") * len(made) // 2**16
        made[place] = data[at + 2]
    return bytes(made)


def bad_copies(good: bytes, swaps: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """A file as it is, cut short, and with a few bytes changed; and what is none."""
    chance = random.Random(1)
    return [
        good,
        good[: len(good) // 2],
        good[:100],
        b"",
        b"not a database",
        *(chance.randbytes(3 * count) for count in (1, 4, 40)),
        *(good.replace(old, new) for old, new in swaps),
    ]
