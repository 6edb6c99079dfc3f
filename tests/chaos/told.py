"""How a result is told: a table, or JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.result import Result


def as_json(result: Result, seed: int) -> str:
    """Everything, on one line."""
    return json.dumps({"seed": seed, **asdict(result)})


def as_table(result: Result, seed: int) -> str:
    """What matters, a line each."""
    return "\n".join(f"{name:<54} {value:>10}" for name, value in _lines(result, seed))


def _lines(result: Result, seed: int) -> Iterator[tuple[str, object]]:
    yield "seed", seed
    yield "seconds", f"{result.seconds:.0f}"
    yield "seconds of a processor", f"{result.processor_seconds:.0f}"
    for kind, number in sorted(result.acts.items()):
        yield f"  {kind}", number
    yield "messages sent", result.sent
    yield "tasks seen", result.tasks
    yield "tasks begun, again or for the first time", result.runs
    yield "workers started", result.workers_started
    yield "scans", result.scans
    yield "scans that were complete", result.complete_scans
    yield "verdicts judged", result.verdicts_judged
    yield "verdicts that changed", result.verdict_changes
    yield "orphans found", result.orphans
    longest = result.longest_to_find
    yield "longest time to find one (s)", "-" if longest is None else f"{longest:.1f}"
    yield "notifications posted", result.alerts_posted
    for outcome, number in sorted(result.repairs.items()):
        yield f"repairs {outcome}", number
    yield "google/timesketch#3302's design: called stuck", result.peer.called_stuck
    yield "google/timesketch#3302's design: of these alive", result.peer.alive
    yield "rows whose message was sent too late to be judged", result.sent_too_late
    yield "violations", len(result.violations)
