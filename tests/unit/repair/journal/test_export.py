"""Entries as other programs read them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

from hypothesis import given

from exporter.repair.changes import Evidence, Repair
from exporter.repair.journal.export import FIELDS, as_json, csv_lines, csv_row, json_line
from exporter.repair.records import Entry, Guard, Origin, Outcome, Refusal
from exporter.repair.rows import AnalysisRows, Target
from tests.unit.repair.journal import vocabulary

_ENTRY = Entry(
    repair=Repair(
        repair_id="a1b2c3d4",
        target=Target.ANALYSIS,
        target_id=7,
        sketch_id=3,
        timeline_id=None,
        name="sigma",
        status_id=8,
        rows=AnalysisRows(7, 3, None, "sigma", (), None),
        changes=(),
        evidence=Evidence(
            "orphaned", 1_795_000_000.0, 1_795_000_900.25, ("in no queue", "w1 is gone"), ("t1",)
        ),
    ),
    origin=Origin("root@host", "cli"),
    version="1.0",
    instance="host:1",
    begun_at=1_795_000_901.0,
    outcome=Outcome.REFUSED,
    ended_at=1_795_000_901.0,
    refusals=(Refusal(Guard.PAUSE, "paused"), Refusal(Guard.BUDGET, "spent")),
)


def test_json() -> None:
    """An entry is one flat object with every field, in a fixed order."""
    told = json.loads(json_line(_ENTRY))

    assert tuple(told) == FIELDS
    assert told == {
        "repair_id": "a1b2c3d4",
        "begun_at": "2026-11-18T11:21:41.000Z",
        "ended_at": "2026-11-18T11:21:41.000Z",
        "outcome": "refused",
        "target": "analysis",
        "target_id": 7,
        "sketch_id": 3,
        "timeline_id": None,
        "name": "sigma",
        "actor": "root@host",
        "trigger": "cli",
        "request": None,
        "verdict": "orphaned",
        "since": "2026-11-18T11:06:40.000Z",
        "judged_at": "2026-11-18T11:21:40.250Z",
        "reasons": ["in no queue", "w1 is gone"],
        "task_ids": ["t1"],
        "worker": None,
        "refusals": [
            {"guard": "pause", "reason": "paused"},
            {"guard": "budget", "reason": "spent"},
        ],
        "detail": "",
        "undoes": None,
        "undone_by": None,
        "superseded_at": None,
        "superseded_by": None,
        "status_id": 8,
        "before": {
            "analysis_id": 7,
            "sketch_id": 3,
            "timeline_id": None,
            "analyzer": "sigma",
            "statuses": [],
            "result": None,
        },
        "changes": [],
        "after": None,
        "instance": "host:1",
        "version": "1.0",
        "requeue": None,
    }


@given(vocabulary.entries)
def test_any_entry(entry: Entry) -> None:
    """Any entry is one line of JSON, and one cell of text a field, to be written in UTF-8."""
    assert len(json_line(entry).splitlines()) == 1
    assert len(csv_row(entry)) == len(FIELDS)
    assert csv_lines([csv_row(entry)]).encode()


def test_under_way() -> None:
    """What has no outcome yet is null in JSON and empty in CSV."""
    entry = replace(_ENTRY, outcome=None, ended_at=None)

    assert as_json(entry)["outcome"] is None
    assert dict(zip(FIELDS, csv_row(entry), strict=True))["outcome"] == ""


def test_csv() -> None:
    """Lists are joined, rows are JSON, numbers are numbers."""
    cells = dict(zip(FIELDS, csv_row(_ENTRY), strict=True))

    assert cells["reasons"] == "in no queue; w1 is gone"
    assert cells["refusals"] == "pause: paused; budget: spent"
    assert cells["target_id"] == "7"
    assert cells["worker"] == ""
    assert json.loads(cells["before"])["analyzer"] == "sigma"
    assert cells["changes"] == "[]"


def test_formulas() -> None:
    """A name that a spreadsheet would compute is shown instead."""
    entry = replace(_ENTRY, repair=replace(_ENTRY.repair, name="=HYPERLINK(1)"))

    assert dict(zip(FIELDS, csv_row(entry), strict=True))["name"] == "'=HYPERLINK(1)"


def test_lines() -> None:
    """Cells with commas, quotes and line ends come back from the CSV as they were."""
    rows = [FIELDS[:2], ('a,"b"', "c\nd")]

    assert [tuple(row) for row in csv.reader(io.StringIO(csv_lines(rows), newline=""))] == rows
