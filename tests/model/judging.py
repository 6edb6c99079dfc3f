"""The real judge over the small world: asked once for each memory and what a scan has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from exporter.judge import Memory, judge
from exporter.snapshot import Verdict
from tests.model.reading import snapshot

if TYPE_CHECKING:
    from exporter.judge import Rules
    from tests.model.reading import Look, Way


class Judged(NamedTuple):
    """Whether the import was called orphaned, by a complete scan; and the number of the memory."""

    orphaned: bool
    complete: bool
    memory: int


class Judging:
    """Memories have numbers, so that equal ones are noticed to be one; the first is empty."""

    def __init__(self, way: Way, rules: Rules) -> None:
        self._way = way
        self._rules = rules
        self._memories = [Memory.empty()]
        self._numbers: dict[object, int] = {}
        self._known: dict[tuple[int, Look], Judged] = {}

    def judge(self, memory: int, look: Look, *, tick: float) -> Judged:
        """What the judge says of a scan at this tick; every memory belongs to one tick only."""
        judged = self._known.get((memory, look))
        if judged is None:
            before = self._memories[memory]
            seen = snapshot(look, tick=tick, way=self._way, known=before.task_ids)
            judgement, after = judge(seen, before, self._rules)
            orphaned = any(each.verdict == Verdict.ORPHANED for each in judgement.timelines)
            judged = Judged(orphaned, judgement.complete, self._number(after))
            self._known[memory, look] = judged
        return judged

    def __len__(self) -> int:
        return len(self._known)

    def _number(self, memory: Memory) -> int:
        # When the last complete scan was is only told, never judged by.
        key = (
            memory.tick,
            frozenset(memory.traces.items()),
            frozenset(memory.workers.items()),
            frozenset(memory.connections.items()),
            frozenset(memory.suspicions.items()),
            memory.broker,
        )
        if key not in self._numbers:
            self._numbers[key] = len(self._memories)
            self._memories.append(memory)
        return self._numbers[key]
