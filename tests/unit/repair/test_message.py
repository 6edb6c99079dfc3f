"""What an analyst reads in Timesketch."""

from __future__ import annotations

import json

import pytest

from exporter.repair.message import lost_analysis, lost_data_source
from tests.unit.repair.build import AT


def data_source(
    *,
    status: str | None = "processing",
    streamed: bool = False,
    worker: str | None = "celery@w1",
    earlier: str | None = "",
) -> str:
    """The error message of a lost data source."""
    return lost_data_source(
        repair_id="r1",
        found_at=AT,
        status=status,
        since=AT - 600.0,
        streamed=streamed,
        worker=worker,
        earlier=earlier,
    )


def analysis(earlier: str | None = None) -> str:
    """The result of a lost analysis."""
    return lost_analysis(
        repair_id="r1",
        found_at=AT,
        status="PENDING",
        since=AT - 600.0,
        worker=None,
        earlier=earlier,
    )


def test_a_file() -> None:
    """It tells what happened and when, where the task was last seen, and what to do."""
    assert data_source() == (
        "On 2025-11-23 09:00:00 UTC the import of this file was found lost: no queue and no worker "
        "had its task any more. It had said processing since 2025-11-23 08:50:00 UTC, and the task "
        "was last seen on celery@w1. Some of its events may have been imported. It was therefore "
        "set to fail (timesketch-exporter, repair r1).\n"
        "If it still says fail, upload the file again, best under a new timeline name, so that no "
        "event is there twice. If it says ready, its import ended well after that moment."
    )


def test_a_part_of_a_stream() -> None:
    """It warns that a later ready may be another part's, since all parts share one status."""
    assert data_source(streamed=True) == (
        "On 2025-11-23 09:00:00 UTC the import of this part of a stream was found lost: no queue "
        "and no worker had its task any more. It had said processing since 2025-11-23 08:50:00 "
        "UTC, and the task was last seen on celery@w1. Some of its events may have been imported. "
        "It was therefore set to fail (timesketch-exporter, repair r1).\n"
        "If it still says fail, send the stream again, best under a new timeline name, so that no "
        "event is there twice. If it says ready, some part of the stream was imported after that "
        "moment, which need not be this one."
    )


@pytest.mark.parametrize(
    ("status", "streamed", "said"),
    [
        ("processing", False, " Some of its events may have been imported. "),
        ("processing", True, " Some of its events may have been imported. "),
        ("queueing", False, " Its import had not begun. "),
        ("queueing", True, " Its events were most likely not imported. "),
        (None, False, " Its events were most likely not imported. "),
    ],
)
def test_how_much_may_be_there(status: str | None, streamed: bool, said: str) -> None:  # noqa: FBT001
    """A task says processing before it writes its first event."""
    assert said in data_source(status=status, streamed=streamed)


def test_a_task_that_was_never_seen() -> None:
    """Where nobody knows a worker, none is named."""
    assert "; where the task was last seen is not known. " in data_source(worker=None)


def test_no_status() -> None:
    """What had no status had not said anything since any moment."""
    assert " It had no status, and the task was last seen on celery@w1. " in data_source(
        status=None
    )


@pytest.mark.parametrize("earlier", ["", None])
def test_nothing_earlier(earlier: str | None) -> None:
    """Where no message stood before, none is spoken of."""
    assert "Earlier" not in data_source(earlier=earlier)


def test_an_earlier_message_is_kept_below() -> None:
    """What stood there before follows ours."""
    assert data_source(earlier="index is red") == (
        data_source() + "\n\nEarlier message:\nindex is red"
    )


def test_a_huge_earlier_message_is_cut() -> None:
    """The text fits into MariaDB's TEXT even if every character takes four bytes."""
    assert data_source(earlier="x" * 15_000).endswith("\n" + "x" * 15_000)
    cut = data_source(earlier="\N{PILE OF POO}" * 20_000)
    assert cut.endswith("\n" + "\N{PILE OF POO}" * 15_000 + " (cut)")
    assert len(cut.encode()) < 65_535


@pytest.mark.parametrize("letter", ["\0", "\n", "\ud800", "\N{PILE OF POO}", "\U00010000"])
def test_a_worker_of_any_name_can_be_stored(letter: str) -> None:
    """Names come from outside; what a database may refuse in a text is left out of it."""
    assert "last seen on celery@\ufffd?." in data_source(worker=f"celery@\ufffd{letter}")


def test_a_long_name_is_cut() -> None:
    """A name is no way to fill the database."""
    assert f"last seen on {'x' * 200}." in data_source(worker="x" * 201)


@pytest.mark.parametrize("earlier", ["", None])
def test_an_analysis(earlier: str | None) -> None:
    """It tells what happened and when, and that the analyzer is to be run again."""
    assert analysis(earlier) == (
        "On 2025-11-23 09:00:00 UTC this analysis was found lost: no queue and no worker had its "
        "task any more. It had said PENDING since 2025-11-23 08:50:00 UTC; where the task was "
        "last seen is not known. It was therefore set to ERROR (timesketch-exporter, repair r1).\n"
        "If it still says ERROR, run the analyzer again. If it says DONE, it ended well after that "
        "moment."
    )


@pytest.mark.parametrize("earlier", ["3 domains", "[1]", '{"status_updates": 1}', "{"])
def test_an_earlier_result_is_kept_above(earlier: str) -> None:
    """What the analysis said before comes first."""
    assert analysis(earlier) == f"{earlier}\n\n{analysis()}"


def test_a_huge_result_is_cut() -> None:
    """It fits into MariaDB's TEXT."""
    assert analysis("x" * 15_001) == f"{'x' * 15_000} (cut)\n\n{analysis()}"


@pytest.mark.parametrize(
    ("earlier", "updates"),
    [
        ('{"result": "3 domains"}', []),
        ('{"result": "3 domains", "status_updates": ["set to STARTED"]}', ["set to STARTED"]),
    ],
)
def test_a_result_that_is_an_object_stays_one(earlier: str, updates: list[str]) -> None:
    """The text goes where tsctl puts its own, so that programs can still read the result."""
    assert json.loads(analysis(earlier)) == {
        "result": "3 domains",
        "status_updates": [*updates, analysis()],
    }
