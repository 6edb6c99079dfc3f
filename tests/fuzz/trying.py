"""One input, or very many of them, given to a target within bounds."""

from __future__ import annotations

import random
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fuzz.bounds import bounded
from tests.fuzz.corpus import everything
from tests.fuzz.mutation import mutated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fuzz.target import Target


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that its reader does not bear, and how that was told."""

    target: str
    data: bytes
    told: str


def tried(target: Target, data: bytes) -> Finding | None:
    """The finding that an input is, if it is one."""
    try:
        with bounded(len(data)):
            target.one(data)
    # Whatever a reader raises is what is looked for.
    except Exception:  # noqa: BLE001
        return Finding(target.name, data, traceback.format_exc(limit=-6))
    return None


def findings(target: Target, *, seed: int, go_on: Callable[[], bool]) -> Iterator[Finding | None]:
    """Try what is kept and what is good, then mutations for as long as may be gone on."""
    base = everything(target)
    for data in base:
        yield tried(target, data)
    chance = random.Random(f"{target.name} {seed}")
    while go_on():
        yield tried(target, mutated(chance.choice(base), chance, target, base))
