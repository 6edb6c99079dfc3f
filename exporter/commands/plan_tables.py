"""Plans and outcomes of repairs as tables for a terminal. Meaning is never in colour alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from exporter.commands.tables import bullets, printable, titled_table
from exporter.repair.records import Outcome
from exporter.repair.words import change_lines, headline, subject
from exporter.web.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from rich.table import Table

    from exporter.repair.changes import Repair
    from exporter.repair.engine import Prepared
    from exporter.repair.guards import Decision
    from exporter.repair.plan import NotPlanned
    from exporter.repair.records import Entry, Refusal
    from exporter.repair.revoke import Revocation

OUTCOME_STYLES = {
    Outcome.APPLIED: "green",
    Outcome.DRY_RUN: "cyan",
    Outcome.UNCHANGED: "yellow",
    Outcome.REFUSED: "yellow",
    Outcome.FAILED: "bold red",
    Outcome.ABANDONED: "yellow",
}


def plan_report(prepared: Prepared) -> Group:
    """What would be done and why, and what not; the guards' words where they refuse."""
    parts: list[Table | Text] = []
    repairs = prepared.plan.repairs
    met_often = _met_often(prepared.decisions[repair.repair_id].refusals for repair in repairs)
    if repairs:
        shown = titled_table("Plan", "repair of", "sketch", "what becomes what", "why", "guards")
        for repair in repairs:
            shown.add_row(
                Text(printable(subject(repair))),
                _sketch(repair),
                bullets(change_lines(repair)),
                bullets(repair.evidence.reasons),
                _guards(prepared.decisions[repair.repair_id], met_often),
            )
        parts += [shown, *_told_once(met_often)]
    if prepared.plan.not_planned:
        parts.append(not_planned_table(prepared.plan.not_planned))
    return Group(*parts)


def undo_report(undo: Repair) -> Group:
    """What an undo would put back."""
    shown = titled_table(f"Undo of repair {undo.undoes}", "of", "sketch", "what becomes what")
    shown.add_row(Text(printable(subject(undo))), _sketch(undo), bullets(change_lines(undo)))
    return Group(shown)


def outcome_report(entries: Collection[Entry]) -> Group:
    """What became of each repair, by the id under which the journal has it."""
    shown = titled_table("Outcome", "repair", "outcome", "of", "what became what", "because")
    met_often = _met_often(entry.refusals for entry in entries)
    for entry in entries:
        changed = headline(entry.repair) if entry.outcome is Outcome.APPLIED else "-"
        shown.add_row(
            Text(entry.repair.repair_id),
            outcome_text(entry),
            Text(printable(subject(entry.repair))),
            Text(printable(changed)),
            Text(printable(because(entry, met_often) or "-")),
        )
    return Group(shown, *_told_once(met_often))


def journal_table(entries: Iterable[Entry]) -> Table:
    """The journal: when, what, by whom and what became of it, the newest last."""
    shown = titled_table("Journal", "begun", "repair", "of", "outcome", "asked by, because")
    for column in (*shown.columns[:2], shown.columns[3]):
        column.no_wrap = True
    for entry in entries:
        repair = entry.repair
        undoes = f", undo of {repair.undoes}" if repair.undoes else ""
        shown.add_row(
            utc_text(entry.begun_at),
            Text(repair.repair_id),
            Text(printable(subject(repair)) + "\n" + printable(f"{headline(repair)}{undoes}")),
            outcome_text(entry),
            Text("\n".join(map(printable, filter(None, (_asked_by(entry), because(entry)))))),
        )
    return shown


def outcome_text(entry: Entry) -> Text:
    """The outcome, and what has happened to it since."""
    if entry.outcome is None:
        return Text("under way", "yellow")
    text = Text(entry.outcome, OUTCOME_STYLES[entry.outcome])
    if entry.undone_by is not None:
        text.append("\nundone")
    if entry.superseded_at is not None:
        text.append("\nsuperseded")
    return text


def _asked_by(entry: Entry) -> str:
    return f"{entry.origin.actor} ({entry.origin.trigger})"


def because(entry: Entry, told_elsewhere: Collection[Refusal] = ()) -> str:
    """Why it ended so, in the words of the guards or of what went wrong; may be empty.

    Of a refusal that is told elsewhere, it has the guard's name only.
    """
    parts = [_refusal(refusal, told_elsewhere) for refusal in entry.refusals]
    parts += [part for part in (entry.detail, entry.superseded_by) if part]
    if entry.undone_by is not None:
        parts.append(f"undone by {entry.undone_by}")
    return "; ".join(parts)


def revocation_table(orders: Iterable[Revocation]) -> Table:
    """Which tasks are to be terminated where, so that their timelines can be repaired."""
    shown = titled_table("To be terminated", "timeline", "task", "worker", "processing since")
    for order in orders:
        shown.add_row(
            Text(printable(f"{order.timeline_id} {order.name!r}")),
            bullets(order.task_ids) if len(order.task_ids) > 1 else Text(order.task_ids[0]),
            Text(printable(order.worker)),
            utc_text(order.since),
        )
    return shown


def not_planned_table(found: Iterable[NotPlanned]) -> Table:
    """What was asked for and is not repaired, with the reasons."""
    shown = titled_table("Not planned", "what", "why")
    for item in found:
        shown.add_row(f"{item.target} {item.target_id}", Text(printable(item.reason)))
    return shown


def _sketch(repair: Repair) -> str:
    return "-" if repair.sketch_id is None else str(repair.sketch_id)


def _guards(decision: Decision, told_elsewhere: Collection[Refusal]) -> Text:
    if decision.granted:
        return Text("go ahead", "green")
    if decision.dry_run:
        return Text("dry run", "cyan")
    return bullets([_refusal(refusal, told_elsewhere) for refusal in decision.refusals])


def _refusal(refusal: Refusal, told_elsewhere: Collection[Refusal]) -> str:
    if refusal in told_elsewhere:
        return f"{refusal.guard} (see below)"
    return f"{refusal.guard}: {refusal.reason}"


def _met_often(refusals: Iterable[Iterable[Refusal]]) -> tuple[Refusal, ...]:
    """The refusals that several repairs meet: these are told once, below their table."""
    met = Counter(refusal for each in refusals for refusal in each)
    return tuple(refusal for refusal, times in met.items() if times > 1)


def _told_once(met_often: Iterable[Refusal]) -> list[Text]:
    return [Text(printable(f"{each.guard}: {each.reason}\n")) for each in met_often]
