"""The promises of the design, held on a model of the world with the scan's readings interleaved."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exporter.judge import Memory, Rules, judge
from exporter.snapshot import Verdict
from tests.unit.judge.world import CORRECT_ORDER, World, scan

RULES = Rules(grace=60.0, confirm_after=15.0)
AT_ONCE = Rules(grace=0.0, confirm_after=0.0, settle=0.0)
WORKERS_FIRST = ("before", "connections", "ask", "queue", "unacked", "results", "after")


def false_orphans(
    seed: int,
    *,
    order: tuple[str, ...] = CORRECT_ORDER,
    rules: Rules = RULES,
    scans: int = 40,
) -> list[str]:
    """Run one random story; returns what was called orphaned while its task was alive.

    Under rules without any waiting the world is a sudden one.
    """
    random = Random(seed)
    world = World(random, sudden=rules == AT_ONCE)
    memory, listening_since = Memory.empty(), world.now
    wrong: list[str] = []
    for _ in range(scans):
        for _ in range(random.randint(0, 12)):
            world.step()
        world.now += random.choice((0.5, 5.0, 5.0, 20.0))
        if random.random() < 0.03:
            memory, listening_since = Memory.empty(), world.now

        def between() -> None:
            for _ in range(random.choice((0, 0, 1, 3))):
                world.step()

        snapshot = scan(
            world,
            between,
            task_ids=memory.task_ids,
            listening_since=listening_since,
            order=order,
        )
        judgement, memory = judge(snapshot, memory, rules)
        wrong += [
            f"seed {seed}, tick {snapshot.tick:.2f}: {judged.reasons}"
            for judged in judgement.timelines
            if judged.verdict == Verdict.ORPHANED and world.alive(judged.timeline.timeline_id)
        ]
    return wrong


@given(st.integers(min_value=0, max_value=2**32))
# Here a worker with room does not pop: whoever then gives it another's connection, errs.
@example(13889)
@settings(max_examples=40, deadline=None)
def test_a_living_task_is_never_called_orphaned(seed: int) -> None:
    """Whatever happens between the single readings, a task that exists is never orphaned."""
    assert false_orphans(seed) == []


@given(st.integers(min_value=0, max_value=2**32))
@settings(max_examples=15, deadline=None)
def test_every_dead_task_is_found(seed: int) -> None:
    """Once the world is quiet and everybody answers, every lost task is orphaned, no other is."""
    world = World(Random(seed))
    for _ in range(200):
        world.step()
    for worker in list(world.workers.values()):
        worker.stopped = False
        if worker.draining:
            del world.workers[worker.name]
    world.strangers.clear()
    memory, began = Memory.empty(), world.now
    judgement = None
    for _ in range(20):
        world.now += 5.0
        world.settle()
        snapshot = scan(world, lambda: None, task_ids=memory.task_ids, listening_since=began)
        judgement, memory = judge(snapshot, memory, RULES)
    assert judgement is not None
    for judged in judgement.timelines:
        alive = world.alive(judged.timeline.timeline_id)
        assert (judged.verdict == Verdict.ORPHANED) == (not alive), judged.reasons
        assert judged.verdict != Verdict.UNKNOWN


@given(st.integers(min_value=0, max_value=2**32))
@settings(max_examples=30, deadline=None)
def test_one_scan_in_the_right_order_misses_nothing(seed: int) -> None:
    """Where no message is ever between two places, the order of reading alone is enough."""
    assert false_orphans(seed, rules=AT_ONCE, scans=15) == []


def test_the_model_finds_the_flaw_of_another_order() -> None:
    """The same rules call living tasks orphaned when the workers are asked before the queue.

    Rarer flaws, of which this model would have to be lucky, are found by going through everything
    (test_every_interleaving.py).
    """
    assert any(
        false_orphans(seed, order=WORKERS_FIRST, rules=AT_ONCE, scans=15) for seed in range(300)
    )


@pytest.mark.parametrize("seed", range(5))
def test_judging_is_deterministic(seed: int) -> None:
    """The same snapshot and memory give the same judgement."""
    world = World(Random(seed))
    for _ in range(100):
        world.step()
    snapshot = scan(world, world.step)
    assert judge(snapshot, Memory.empty(), RULES) == judge(snapshot, Memory.empty(), RULES)
