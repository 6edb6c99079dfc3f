"""What the rows of an upload say, before and after."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from exporter.demo.record import Record, Said, quoted, table

MADE = datetime(2026, 11, 23, 8, 0, 1)  # noqa: DTZ001  as Timesketch's columns are
SAID = Said(row_id=7, status="processing", user_id=None, created_at=MADE, updated_at=MADE)
BEFORE = Record(timeline=SAID, data_source=replace(SAID, row_id=8), message="")
FAILED = replace(SAID, row_id=19, status="fail")
REPAIRED = Record(timeline=FAILED, data_source=FAILED, message="the import was lost")


def test_records_are_a_line_each() -> None:
    """Each record has its name, its two statuses with their rows, and the length of its message."""
    head, *lines = table({"before": BEFORE, "repaired": REPAIRED}).splitlines()
    assert head.split("  ")[-1] == "its message"
    assert lines == [
        "before    processing since 08:00:01 (row 7)  processing since 08:00:01 (row 8)  none",
        "repaired  fail since 08:00:01 (row 19)       fail since 08:00:01 (row 19)       4 words",
    ]


def test_new_ids_are_no_difference() -> None:
    """Rows that were put back under new ids count as restored."""
    undone = replace(BEFORE, timeline=replace(SAID, row_id=20))
    assert undone != BEFORE
    assert undone.but_for_ids() == BEFORE.but_for_ids()


def test_anything_else_is_a_difference() -> None:
    """A status, a date or a message that is not the former one counts as changed."""
    for other in (
        replace(BEFORE, timeline=FAILED),
        replace(BEFORE, data_source=replace(SAID, created_at=MADE.replace(minute=1))),
        replace(BEFORE, message="x"),
    ):
        assert other.but_for_ids() != BEFORE.but_for_ids()


def test_message_is_quoted_whole() -> None:
    """A long message is wrapped and indented, with its paragraphs kept."""
    lines = quoted(f"{'word ' * 40}\nUpload again.").splitlines()
    assert " ".join(line.strip() for line in lines) == f"{'word ' * 40}Upload again."
    assert all(line.startswith("  ") and len(line) <= 88 for line in lines)
    assert lines[-1] == "  Upload again."
