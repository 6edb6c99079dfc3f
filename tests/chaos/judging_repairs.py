"""The judge of repairs: each once, of something dead, and written down. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tests.chaos.judging import SLACK, Violation
from tests.chaos.record import Author

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.chaos.record import Repair, Request, RowChange, Target
    from tests.chaos.truth import Truth

_TABLES = {"timeline_status": "timeline", "analysis_status": "analysis"}
_MAY_BECOME = {"timeline": {"fail", "ready"}, "analysis": {"ERROR"}}
APPLIED = "applied"
ONCE = "no repair is doubled"
KEPT = "no repair is lost"
EXPLAINED = "no repair is unexplained"
DEAD_ONLY = "nothing that lives is repaired"
RIGHT = "a repair writes what it should"


def judge_repairs(
    changes: Sequence[RowChange],
    repairs: Sequence[Repair],
    requests: Iterable[Request],
    truth: Truth,
) -> list[Violation]:
    """Rows as they were changed, against the journal and the truth."""
    transactions: dict[int, list[RowChange]] = defaultdict(list)
    for change in changes:
        if change.author == Author.REPAIRER:
            transactions[change.transaction].append(change)
    inserted = {
        (change.table, change.status_id): change.at
        for change in changes
        if change.operation == "INSERT"
    }
    applied = [repair for repair in repairs if repair.outcome == APPLIED]
    found = [
        *_unended(repairs, requests),
        *_doubled(changes, applied),
        *_by_others(changes, truth),
    ]
    written: Counter[tuple[Target, int]] = Counter()
    for those in transactions.values():
        removed, made = _subject(those)
        if removed is None:
            text = f"transaction {those[0].transaction} changed no status of anything"
            found.append(Violation(EXPLAINED, those[0].at, None, text))
            continue
        target = (_TABLES[removed.table], removed.parent_id)
        written[target, removed.status_id] += 1
        # What was uploaded after that row was written is another story.
        by = inserted.get((removed.table, removed.status_id), removed.at)
        found += _one_repair(removed, made, target, applied, truth, by=by)
    for repair in applied:
        if not written[repair.target, repair.status_id or 0]:
            text = f"the journal has {repair.repair_id} applied, and no row was changed"
            found.append(Violation(KEPT, 0.0, repair.target, text))
    return found


def _subject(changes: Iterable[RowChange]) -> tuple[RowChange | None, RowChange | None]:
    """The status row that a repair removed, and the one that it put in its place."""
    removed = made = None
    for change in changes:
        if change.table in _TABLES:
            if change.operation == "DELETE":
                removed = change
            else:
                made = change
    return removed, made


def _one_repair(
    removed: RowChange,
    made: RowChange | None,
    target: Target,
    applied: Iterable[Repair],
    truth: Truth,
    *,
    by: float,
) -> Iterator[Violation]:
    more = truth.outlived(target, removed.at, by=by)
    if more:
        yield Violation(DEAD_ONLY, removed.at, target, f"its task was alive for {more:.2f} s more")
    if not any((each.target, each.status_id) == (target, removed.status_id) for each in applied):
        text = f"status row {removed.status_id} was replaced, and the journal has no such repair"
        yield Violation(EXPLAINED, removed.at, target, text)
    status = None if made is None else made.status
    if status not in _MAY_BECOME[target[0]]:
        yield Violation(RIGHT, removed.at, target, f"it became {status}")


def _doubled(changes: Sequence[RowChange], applied: Iterable[Repair]) -> Iterator[Violation]:
    """Repairs of the same status row, and repairs of what nobody had taken up again since."""
    counted = Counter((repair.target, repair.status_id) for repair in applied)
    for (target, status_id), count in counted.items():
        if count > 1:
            text = f"status row {status_id} is repaired by {count} entries of the journal"
            yield Violation(ONCE, 0.0, target, text)
    last: dict[Target, RowChange] = {}
    for change in sorted(changes, key=lambda change: change.at):
        if change.table not in _TABLES or change.operation == "DELETE":
            continue
        target = (_TABLES[change.table], change.parent_id)
        before = last.get(target)
        if (
            before is not None
            and before.author == change.author == Author.REPAIRER
            and before.transaction != change.transaction
        ):
            yield Violation(ONCE, change.at, target, "repaired again, with nothing in between")
        last[target] = change


def _by_others(changes: Iterable[RowChange], truth: Truth) -> Iterator[Violation]:
    """Changes by nobody that may, and by tasks that did not run."""
    for change in changes:
        target = (_TABLES.get(change.table, change.table), change.parent_id)
        if change.author not in set(Author):
            text = f"{change.table} was changed by {change.author}"
            yield Violation(EXPLAINED, change.at, target, text)
        elif (
            change.author == Author.WORKER
            and change.table in _TABLES
            and not truth.ran(target, change.at, slack=SLACK)
        ):
            text = f"{change.table} was changed by a worker that ran no task of it"
            yield Violation(EXPLAINED, change.at, target, text)


def _unended(repairs: Iterable[Repair], requests: Iterable[Request]) -> Iterator[Violation]:
    for repair in repairs:
        if repair.outcome is None:
            text = f"repair {repair.repair_id} was begun, and never ended"
            yield Violation(KEPT, 0.0, repair.target, text)
    for request in requests:
        if request.outcome is None:
            text = f"request {request.request_id} for {request.target} has no end"
            yield Violation(KEPT, 0.0, None, text)


def by_outcome(repairs: Iterable[Repair]) -> Mapping[str, int]:
    """How many repairs ended how."""
    return Counter(str(repair.outcome) for repair in repairs)
