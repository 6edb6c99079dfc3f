"""What is fuzzed: one reader of bytes from outside, and what good bytes look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Target:
    """One reader.

    `one` gives it bytes; whatever it raises is a finding: errors that the reader documents are
    caught in it. `seeds` makes good bytes, `tokens` are pieces that matter to it, and `words` finds
    more of them.
    """

    name: str
    one: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    tokens: Sequence[bytes] = ()
    words: Callable[[], Sequence[bytes]] = tuple

    @property
    def dictionary(self) -> tuple[bytes, ...]:
        """All pieces that matter to it."""
        return (*self.tokens, *self.words())
