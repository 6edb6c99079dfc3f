"""Repairs and rows as plain JSON values, and back exactly: `decode(encode(x)) == x`.

What was written once is read for ever: names may be added (with a default when absent), never
changed. Timestamps are Timesketch's own, in ISO format, as they were; times are Unix seconds.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from exporter.repair.changes import (
    Change,
    Evidence,
    NewStatus,
    Repair,
    Requeue,
    SetStatus,
    SetText,
    StatusTable,
    TextColumn,
)
from exporter.repair.rows import (
    AnalysisRows,
    DataSourceRows,
    IndexRows,
    Rows,
    StatusRow,
    Target,
    TimelineRows,
)
from exporter.stored import moment, text, text_or_none, texts

# What json.loads returns has no better type.
Json = Any


def dumps(value: Json) -> str:
    """JSON in one line of ASCII, names in the order in which they were declared."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def loads(text: str) -> Json:
    """What `dumps` was given."""
    return json.loads(text)


def encode(value: object) -> Json:
    """A value of repair's vocabulary (rows, changes, evidence, a repair) as plain JSON values.

    Whether rows are a timeline's or an analysis' and what a change sets is told by its names.
    """
    if is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value


def decode_repair(value: Json) -> Repair:
    """A repair (or an undo) as it was intended."""
    requeue = value.get("requeue")
    return Repair(
        **(
            value
            | {
                "repair_id": text(value["repair_id"]),
                "target": Target(value["target"]),
                "name": text(value["name"]),
                "rows": decode_rows(value["rows"]),
                "changes": tuple(decode_change(item) for item in value["changes"]),
                "evidence": decode_evidence(value["evidence"]),
                "requeue": None if requeue is None else Requeue(**requeue),
            }
        )
    )


def decode_rows(value: Json) -> Rows:
    """A timeline's rows, or an analysis' rows."""
    if "analysis_id" in value:
        return AnalysisRows(**(value | {"statuses": _statuses(value["statuses"])}))
    return TimelineRows(
        **(
            value
            | {
                "statuses": _statuses(value["statuses"]),
                "data_sources": tuple(
                    DataSourceRows(**(item | {"statuses": _statuses(item["statuses"])}))
                    for item in value["data_sources"]
                ),
                "index": _index(value["index"]),
            }
        )
    )


def decode_change(value: Json) -> Change:
    """A change of statuses or of a text."""
    if "column" in value:
        return SetText(**(value | {"column": TextColumn(value["column"])}))
    return SetStatus(
        table=StatusTable(value["table"]),
        parent_id=value["parent_id"],
        before=_statuses(value["before"]),
        after=tuple(NewStatus(**_dated(item)) for item in value["after"]),
    )


def decode_evidence(value: Json) -> Evidence:
    """Why it was done."""
    return Evidence(
        **(
            value
            | {
                "verdict": text(value["verdict"]),
                "since": moment(value["since"]),
                "judged_at": moment(value["judged_at"]),
                "reasons": texts(value["reasons"]),
                "task_ids": texts(value.get("task_ids", [])),
                "worker": text_or_none(value.get("worker")),
            }
        )
    )


def _index(value: Json) -> IndexRows | None:
    if value is None:
        return None
    return IndexRows(**(value | {"statuses": _statuses(value["statuses"])}))


def _statuses(value: Json) -> tuple[StatusRow, ...]:
    return tuple(StatusRow(**_dated(item)) for item in value)


def _dated(value: Json) -> Json:
    return value | {
        name: datetime.fromisoformat(value[name])
        for name in ("created_at", "updated_at")
        if value.get(name) is not None
    }
