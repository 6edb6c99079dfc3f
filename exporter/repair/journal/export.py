"""Entries for other programs: `journal --output json` (JSON lines) and `--output csv`."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from exporter.repair.journal.codec import encode
from exporter.rfc3339 import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exporter.repair.journal.codec import Json
    from exporter.repair.records import Entry

FIELDS = (
    *("repair_id", "begun_at", "ended_at", "outcome", "target", "target_id", "sketch_id"),
    *("timeline_id", "name", "actor", "trigger", "request", "verdict", "since", "judged_at"),
    *("reasons", "task_ids", "worker", "refusals", "detail", "undoes", "undone_by"),
    *("superseded_at", "superseded_by", "status_id", "before", "changes", "after", "instance"),
    *("version", "requeue"),
)
"""The names in each JSON object, and the columns of the CSV, in this order: a public contract."""

# A cell that begins so is a formula for a spreadsheet, and timelines are named by whoever uploads.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json(entry: Entry) -> dict[str, Json]:
    """One entry as a flat object; times are RFC 3339 in UTC, what is not known is null.

    `before`, `changes` and `after` are Timesketch's rows, with its own timestamps. `requeue` is the
    task that is sent once more, with its arguments and chain as JSON in a text.
    """
    repair, evidence = entry.repair, entry.repair.evidence
    values: dict[str, Json] = {
        "repair_id": repair.repair_id,
        "begun_at": rfc3339(entry.begun_at),
        "ended_at": rfc3339(entry.ended_at),
        "outcome": entry.outcome.value if entry.outcome is not None else None,
        "target": repair.target.value,
        "target_id": repair.target_id,
        "sketch_id": repair.sketch_id,
        "timeline_id": repair.timeline_id,
        "name": repair.name,
        "actor": entry.origin.actor,
        "trigger": entry.origin.trigger,
        "request": entry.origin.request,
        "verdict": evidence.verdict,
        "since": rfc3339(evidence.since),
        "judged_at": rfc3339(evidence.judged_at),
        "reasons": list(evidence.reasons),
        "task_ids": list(evidence.task_ids),
        "worker": evidence.worker,
        "refusals": [
            {"guard": refusal.guard.value, "reason": refusal.reason} for refusal in entry.refusals
        ],
        "detail": entry.detail,
        "undoes": repair.undoes,
        "undone_by": entry.undone_by,
        "superseded_at": rfc3339(entry.superseded_at),
        "superseded_by": entry.superseded_by,
        "status_id": repair.status_id,
        "before": encode(repair.rows),
        "changes": encode(repair.changes),
        "after": encode(entry.after),
        "instance": entry.instance,
        "version": entry.version,
        "requeue": encode(repair.requeue),
    }
    return {name: values[name] for name in FIELDS}


def json_line(entry: Entry) -> str:
    """One entry as one line of JSON, without the line's end."""
    return json.dumps(as_json(entry))


def csv_lines(rows: Iterable[Iterable[str]]) -> str:
    """Rows of cells as CSV (RFC 4180)."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def csv_row(entry: Entry) -> tuple[str, ...]:
    """One entry as the cells of `FIELDS`; what is not known is empty.

    Reasons and refusals are joined by `; `, rows and changes are JSON. A text that a spreadsheet
    would compute has an apostrophe before it, and half a surrogate pair is spelled out.
    """
    values = as_json(entry)
    values["refusals"] = [
        f"{refusal['guard']}: {refusal['reason']}" for refusal in values["refusals"]
    ]
    return tuple(_cell(name, values[name]) for name in FIELDS)


def _cell(name: str, value: Json) -> str:
    if value is None:
        return ""
    if name in {"before", "changes", "after", "requeue"}:
        return json.dumps(value)
    if isinstance(value, list):
        value = "; ".join(value)
    if not isinstance(value, str):
        return str(value)
    value = value.encode("utf-8", "backslashreplace").decode()
    return f"'{value}" if value.startswith(_FORMULA) else value
