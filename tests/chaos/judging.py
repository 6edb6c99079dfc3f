"""The judge of a run: verdicts against the truth at their time. Pure.

Whatever it finds is a broken promise of the exporter (docs/how-it-knows.md), so it accuses only
where the record leaves no doubt: alive means that the task was seen at a later moment, gone that
everybody had been looked at since.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import TYPE_CHECKING

from tests.chaos.record import Claim, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.chaos.record import RowChange, Scan
    from tests.chaos.truth import Truth

ORPHANED = "orphaned"
WAITING = "waiting"
LIVING = "no living task is ever called orphaned"
MISSED = "no orphan is missed"
SLACK = 1.0
"""Seconds by which moments of different witnesses may differ."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken."""

    promise: str
    at: float
    target: Target | None
    text: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the exporter was told: seconds, as its settings have them."""

    grace: float
    confirm_after: float


def claims(scans: Iterable[Scan]) -> Iterator[Claim]:
    """What scans claim, each at the latest moment at which it is still wrong if the task lives.

    An absence must have held all through the scan that says so; what is proven by a result or a
    death, only at its end.
    """
    for scan in scans:
        for target, verdict in (scan.verdicts or {}).items():
            if verdict == ORPHANED:
                at = scan.began_to if target in scan.absent else scan.ended_to
                reasons = scan.reasons.get(target, "")
                yield Claim(scan.exporter, target, scan.began_from, at, reasons)


def false_orphans(claimed: Iterable[Claim], truth: Truth) -> list[Violation]:
    """Those called orphaned while a task of theirs lived."""
    found: dict[tuple[str, Target], Violation] = {}
    for claim in claimed:
        more = truth.outlived(claim.target, claim.at, by=claim.by)
        if more:
            text = f"{claim.who} said so, and its task was alive for {more:.2f} s more"
            if claim.reasons:
                text = f"{text}: {claim.reasons}"
            found.setdefault(
                (claim.who, claim.target), Violation(LIVING, claim.at, claim.target, text)
            )
    return list(found.values())


def missed_orphans(
    scans: Iterable[Scan], changes: Sequence[RowChange], truth: Truth, bounds: Bounds
) -> list[Violation]:
    """Those that complete scans, far enough apart, should have found and did not.

    Each exporter is judged by its own scans; one that was started anew is another one.
    """
    missed: list[Violation] = []
    last_change = _last_changes(changes)
    ordered = sorted(scans, key=lambda scan: (scan.exporter, scan.ended_to))
    for exporter, those in groupby(ordered, key=lambda scan: scan.exporter):
        absent_since: dict[Target, float] = {}
        told: set[Target] = set()
        for scan in those:
            if not scan.complete:
                absent_since.clear()
            if not scan.complete or scan.verdicts is None:
                continue
            for target, verdict in scan.verdicts.items():
                counts_from = _counts_from(target, scan, last_change, truth, bounds)
                if verdict == WAITING:
                    # An exporter that met a chain in its middle cannot know what it leads to.
                    gone = truth.neighbours_gone_from(target, scan.ended_to)
                    counts_from = max(counts_from, gone + SLACK)
                if verdict == ORPHANED or scan.began_from < counts_from:
                    absent_since.pop(target, None)
                    continue
                since = absent_since.setdefault(target, scan.began_to)
                waited = scan.began_from - since
                if waited > bounds.confirm_after + SLACK and target not in told:
                    told.add(target)
                    text = f"{exporter} says {verdict}, {waited:.2f} s after it could first know"
                    missed.append(Violation(MISSED, scan.ended_to, target, text))
    return missed


def _last_changes(changes: Iterable[RowChange]) -> Mapping[Target, Sequence[float]]:
    found: dict[Target, list[float]] = {}
    for change in changes:
        kind = change.table.removesuffix("_status")
        found.setdefault((kind, change.parent_id), []).append(change.at)
    return found


def _counts_from(
    target: Target,
    scan: Scan,
    changes: Mapping[Target, Sequence[float]],
    truth: Truth,
    bounds: Bounds,
) -> float:
    """From when on a scan that does not see it proves that it is nowhere."""
    written = max((at for at in changes.get(target, ()) if at <= scan.ended_to), default=0.0)
    gone = truth.span(target, scan.ended_to).gone_from
    return max(gone + SLACK, written + bounds.grace + SLACK)


def first_found(claimed: Iterable[Claim], truth: Truth) -> Mapping[Target, float]:
    """How long after its end (seconds) each orphan was first found."""
    found: dict[Target, float] = {}
    for claim in sorted(claimed, key=lambda claim: claim.at):
        ended = truth.span(claim.target, claim.by).alive_until
        if -inf < ended <= claim.at:
            found.setdefault(claim.target, claim.at - ended)
    return found
