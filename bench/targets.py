"""Whether figures are what they should be. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from bench.words import cell, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Judged:
    """A target, what was measured, and whether that is within it; in words."""

    what: str
    wanted: str
    measured: str
    verdict: str


def judged(targets: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Judged]:
    """Yield each target, by its path of keys with dots; raises KeyError where nothing was found.

    A number is the most that there may be, `{"at_least": number}` the least.
    """
    for path, target in targets.items():
        keys = path.split(".")
        measured = reduce(lambda tree, key: tree[key], keys, found)
        if isinstance(target, dict):
            least = target["at_least"]
            wanted, met = f"at least {cell(keys, least)}", measured >= least
        else:
            wanted, met = f"at most {cell(keys, target)}", measured <= target
        yield Judged(words(*keys), wanted, cell(keys, measured), "met" if met else "**missed**")
