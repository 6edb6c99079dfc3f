"""A judgement as tables for a terminal. Meaning is never in colour alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from exporter.snapshot import JudgedAnalysis, JudgedTimeline, Verdict, WorkerState
from exporter.web.times import age_text, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exporter.snapshot import JudgedWorker, Judgement

J = TypeVar("J", JudgedTimeline, JudgedAnalysis)

STYLES = {
    Verdict.ORPHANED: "bold red",
    Verdict.UNKNOWN: "yellow",
    Verdict.SUSPECT: "yellow",
    Verdict.STALLED: "yellow",
}
_STATE_STYLES = {
    WorkerState.UP: "green",
    WorkerState.DEAD: "bold red",
    WorkerState.WEDGED: "yellow",
    WorkerState.UNKNOWN: "yellow",
}
# What needs somebody comes first.
_ORDER = [*STYLES, *(verdict for verdict in Verdict if verdict not in STYLES)]


def report(judgement: Judgement) -> Group:
    """Everything that a scan found, the summary last, where the eye ends."""
    return Group(*_tables(judgement), summary(judgement))


def screen(judgement: Judgement) -> Group:
    """The same for a screen that is redrawn and cuts what is too long: the summary comes first."""
    at = Text(f"Scanned at {utc_text(judgement.at)}; Ctrl-C ends\n", "dim")
    return Group(at, summary(judgement), Text(), *_tables(judgement))


def _tables(judgement: Judgement) -> list[Table]:
    parts = []
    if judgement.timelines:
        parts.append(_timelines(judgement))
    if judgement.analyses:
        parts.append(_analyses(judgement))
    if judgement.workers:
        parts.append(_workers(judgement.workers, judgement.at))
    if judgement.queues:
        parts.append(_queues(judgement))
    return parts


def summary(judgement: Judgement) -> Text:
    """One line of counts, and one for each reason why the evidence is incomplete."""
    text = Text()
    for one, many, judged in (
        ("processing timeline", "processing timelines", judgement.timelines),
        ("unfinished analysis", "unfinished analyses", judgement.analyses),
    ):
        text.append(f"{len(judged)} {one if len(judged) == 1 else many}")
        counts = Counter(item.verdict for item in judged)
        shown = [verdict for verdict in _ORDER if counts[verdict]]
        for index, verdict in enumerate(shown):
            text.append(": " if index == 0 else ", ")
            text.append(f"{counts[verdict]} {verdict}", STYLES.get(verdict, ""))
        text.append("\n")
    if judgement.complete:
        text.append("The evidence is complete.")
    else:
        text.append("The evidence is incomplete:", "yellow")
        for reason in judgement.incomplete_because:
            text.append(f"\n  - {printable(reason)}")
    return text


def printable(value: object) -> str:
    """A text from outside without anything that a terminal would obey."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(value)
    )


def by_urgency(judged: Iterable[J]) -> list[J]:
    """What needs somebody first, then the oldest."""
    return sorted(judged, key=lambda item: (_ORDER.index(item.verdict), item.since))


def titled_table(title: str, *columns: str) -> Table:
    """An empty table with these columns."""
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def _timelines(judgement: Judgement) -> Table:
    table = titled_table("Timelines", "verdict", "timeline", "sketch", "since", "worker", "reasons")
    for judged in by_urgency(judgement.timelines):
        timeline = judged.timeline
        table.add_row(
            _verdict(judged),
            Text(f"{timeline.timeline_id} {printable(timeline.name)}"),
            str(timeline.sketch_id),
            *_rest(judged, judgement.at),
        )
    return table


def _analyses(judgement: Judgement) -> Table:
    table = titled_table("Analyses", "verdict", "analysis", "sketch", "since", "worker", "reasons")
    for judged in by_urgency(judgement.analyses):
        analysis = judged.analysis
        table.add_row(
            _verdict(judged),
            Text(f"{analysis.analysis_id} {printable(analysis.analyzer)}"),
            str(analysis.sketch_id),
            *_rest(judged, judgement.at),
        )
    return table


def _verdict(judged: JudgedTimeline | JudgedAnalysis) -> Text:
    return Text(judged.verdict, STYLES.get(judged.verdict, ""))


def _rest(judged: JudgedTimeline | JudgedAnalysis, now: float) -> tuple[Text, Text, Text]:
    return (
        Text(f"{age_text(now - judged.since)} ago"),
        Text(printable(judged.worker or "-")),
        bullets(judged.reasons),
    )


def bullets(lines: Sequence[str]) -> Text:
    """Lines from outside, marked where there are several."""
    mark = "- " if len(lines) > 1 else ""
    return Text("\n".join(f"{mark}{printable(line)}" for line in lines))


def _workers(workers: Iterable[JudgedWorker], now: float) -> Table:
    table = titled_table(
        "Workers", "worker", "state", "last heartbeat", "active", "reserved", "pool", "reasons"
    )
    for judged in sorted(workers, key=lambda worker: worker.worker):
        heartbeat = judged.last_heartbeat
        pool = printable(judged.pool or "unknown")
        if judged.processes is not None:
            pool += f", {judged.processes}"
        table.add_row(
            Text(printable(judged.worker)),
            Text(judged.state, _STATE_STYLES.get(judged.state, "")),
            "not heard" if heartbeat is None else f"{age_text(now - heartbeat)} ago",
            _number(judged.active),
            _number(judged.reserved),
            Text(pool),
            bullets(judged.reasons),
        )
    return table


def _queues(judgement: Judgement) -> Table:
    table = titled_table("Queues", "queue", "ready", "unacked")
    for depth in judgement.queues:
        table.add_row(Text(printable(depth.queue)), _number(depth.ready), _number(depth.unacked))
    return table


def _number(count: int | None) -> str:
    return "unknown" if count is None else str(count)
