"""What is journalled comes back as it was, and reads as plain JSON."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from exporter.repair.changes import NewStatus, SetStatus, SetText, StatusTable, TextColumn
from exporter.repair.journal.codec import decode_repair, decode_rows, dumps, encode, loads
from exporter.repair.rows import StatusRow
from tests.unit.repair.journal import vocabulary

if TYPE_CHECKING:
    from exporter.repair.changes import Repair
    from exporter.repair.rows import Rows


@given(vocabulary.repairs)
def test_repairs(repair: Repair) -> None:
    """Any repair comes back exactly, through one line of ASCII."""
    text = dumps(encode(repair))

    assert decode_repair(loads(text)) == repair
    assert text.isascii()
    assert text.isprintable()


@given(vocabulary.any_rows)
def test_rows(rows: Rows) -> None:
    """Any rows come back exactly."""
    assert decode_rows(loads(dumps(encode(rows)))) == rows


def test_plain() -> None:
    """Changes read as what they are: names, words, lists and Timesketch's own timestamps."""
    moment = datetime(2026, 11, 23, 10, 2, 11)  # noqa: DTZ001  as in Timesketch's rows
    before = (StatusRow(7, "processing", 1, moment),)

    encoded = encode(
        (
            SetStatus(StatusTable.TIMELINE, 5, before, (NewStatus("fail", 1),)),
            SetText(TextColumn.ERROR_MESSAGE, 9, None, "The import was interrupted."),
        )
    )

    assert encoded == [
        {
            "table": "timeline_status",
            "parent_id": 5,
            "before": [
                {
                    "status_id": 7,
                    "status": "processing",
                    "user_id": 1,
                    "created_at": "2026-11-23T10:02:11",
                    "updated_at": None,
                }
            ],
            "after": [{"status": "fail", "user_id": 1, "created_at": None, "updated_at": None}],
        },
        {
            "column": "datasource.error_message",
            "row_id": 9,
            "before": None,
            "after": "The import was interrupted.",
        },
    ]
    assert type(encoded[0]["table"]) is str


def test_no_numbers_that_json_lacks() -> None:
    """A time that is no number is refused rather than written so that nobody can read it."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps(float("nan"))
