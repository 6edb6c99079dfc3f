"""What the exporter's API answers, as plain text of a given width. Pure."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from timesketch_exporter_tsctl.api import Json

_WIDEST, _LAST_AT_LEAST, _LONGEST_NAME = 40, 24, 80


def stuck_table(timelines: Iterable[Json], width: int) -> str:
    """Which timelines are stuck, since when, and how that is known."""
    rows: list[list[list[str]]] = [[["TIMELINE"], ["SKETCH"], ["SINCE (UTC)"], ["NAME"], ["WHY"]]]
    for each in timelines:
        since = each["since"][:16].replace("T", " ")
        front = (str(each["timeline_id"]), str(each["sketch_id"]), since, _name(each))
        rows.append([*([text] for text in front), each["reasons"]])
    return _table(rows, width)


def plan_text(plan: Json, width: int) -> str:
    """What would be done and why, what the guards say, and what is left out."""
    parts = []
    for repair in plan["repairs"]:
        decision = repair["decision"]
        guards = _refusals(decision) or ["go ahead" if decision["granted"] else "dry run"]
        told = {"becomes": repair["changes"], "why": repair["reasons"], "guards": guards}
        rows = [[[f"  {name}"], lines] for name, lines in told.items()]
        sketch = "no sketch" if repair["sketch_id"] is None else f"sketch {repair['sketch_id']}"
        subject = f"{_subject(repair)} of {sketch}"
        parts.append(f"{printable(subject)}\n{_table(rows, width)}")
    return "\n\n".join(parts + left_out("not planned", plan["not_planned"]))


def outcome_table(entries: Iterable[Json], width: int) -> str:
    """What became of each repair, by the id under which the exporter's journal has it."""
    rows: list[list[list[str]]] = [[["REPAIR"], ["OUTCOME"], ["OF"], ["BECAUSE"]]]
    for entry in entries:
        because = [*_refusals(entry), *filter(None, [entry["detail"]])]
        front = (entry["repair_id"], entry["outcome"] or "under way", _subject(entry))
        rows.append([*([text] for text in front), because or ["-"]])
    return _table(rows, width)


def left_out(why: str, targets: Iterable[Json]) -> list[str]:
    """A line for each target to which nothing is done."""
    return [
        printable(f"{why}: {each['target']} {each['target_id']}: {each['reason']}")
        for each in targets
    ]


def printable(text: str) -> str:
    """The text with control characters spelled out: timelines are named by whoever uploads."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _subject(answer: Json) -> str:
    return f"{answer['target']} {answer['target_id']} '{_name(answer)}'"


def _name(answer: Json) -> str:
    name = str(answer["name"] or "-")  # null where the exporter tells names to nobody
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…"


def _refusals(answer: Json) -> list[str]:
    return [f"{refusal['guard']}: {refusal['reason']}" for refusal in answer["refusals"]]


def _table(rows: Sequence[Sequence[Sequence[str]]], width: int) -> str:
    """Rows of cells of lines; a line that is longer than its column is wrapped."""
    front = [[_wrapped(cell, _WIDEST) for cell in row[:-1]] for row in rows]
    columns = zip(*front, strict=True)
    widths = [max(len(line) for cell in column for line in cell) for column in columns]
    last = max(width - sum(each + 2 for each in widths), _LAST_AT_LEAST)
    lines: list[str] = []
    for row, cells in zip(rows, front, strict=True):
        parts = zip_longest(*cells, _wrapped(row[-1], last), fillvalue="")
        lines += ["  ".join(map(str.ljust, each, [*widths, 0])).rstrip() for each in parts]
    return "\n".join(lines)


def _wrapped(cell: Iterable[str], width: int) -> list[str]:
    wrap = textwrap.TextWrapper(width, subsequent_indent="  ").wrap
    return [part for line in cell for part in wrap(printable(line)) or [""]]
