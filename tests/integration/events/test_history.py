"""What is written can be read again, on SQLite and on PostgreSQL, and goes when it is too old."""

from __future__ import annotations

import gc
import stat
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from exporter.errors import HistoryError, HistoryMissingError
from exporter.events.database import history_file
from exporter.events.history import History
from exporter.events.intake import Batch
from exporter.events.records import Beats, Kind, Stream, TaskEvent, Tie
from exporter.repair.journal import open_journal
from tests.unit.events.samples import AT, TASK, TIMELINE, WORKER, changed, finding, happened, watch

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = 86_400.0


def stored(history: History) -> Sequence[TaskEvent]:
    """The events of the timeline."""
    return history.material(TIMELINE).events


def test_tells_what_was_written(history: History) -> None:
    """Events, findings with their evidence, the worker's end, and when anybody listened."""
    batch = Batch(
        events=[happened(6, Kind.RECEIVED), happened(7, Kind.FAILED, detail="ValueError('x')")],
        findings=[finding(10, "running", worker=WORKER), finding(40, "orphaned")],
        workers=[changed(-100, "up"), changed(30, "dead", beat=29)],
        watches=[watch(Stream.SCANS, -50, -20, "the exporter was stopped")],
    )
    history.write(batch)
    history.write(Batch(watches=[watch(Stream.SCANS, -10, 60)]))
    history.write(Batch(watches=[watch(Stream.SCANS, -10, 70)]))
    material = history.material(TIMELINE)
    assert material.events == list(batch.events)
    assert material.findings == list(batch.findings)
    assert material.workers == [changed(30, "dead", beat=29)]
    assert material.watches == [
        watch(Stream.SCANS, -50, -20, "the exporter was stopped"),
        watch(Stream.SCANS, -10, 70),
    ]
    assert history.material(TIMELINE + 1).is_empty


def test_what_two_replicas_heard_is_there_once(history: History, journal_url: str) -> None:
    """An event is known by its task, kind, worker and the worker's own time."""
    event = happened(6, Kind.STARTED)
    history.write(Batch(events=[event]))
    with closing(History.kept(journal_url)) as replica:
        replica.write(Batch(events=[event._replace(at=event.at + 0.5)]))
    assert stored(history) == [event]


def test_scans_tie_what_events_alone_do_not(history: History) -> None:
    """A task whose arguments were cut belongs to its timeline once a scan has seen it whole."""
    cut = happened(6, Kind.STARTED)._replace(timeline_id=None, task_name=None)
    history.write(Batch(events=[cut]))
    assert not stored(history)
    history.write(Batch(ties=[Tie(TASK, AT + 9, TIMELINE)]))
    assert [event.kind for event in stored(history)] == [Kind.STARTED]
    history.write(Batch(events=[happened(8, Kind.SUCCEEDED)._replace(timeline_id=99)]))
    assert [event.kind for event in stored(history)] == [Kind.STARTED, Kind.SUCCEEDED]


def test_a_tie_may_come_before_any_event(history: History) -> None:
    """The queue shows a message before a worker takes it."""
    history.write(Batch(ties=[Tie(TASK, AT, TIMELINE)]))
    history.write(Batch(events=[happened(8, Kind.STARTED)._replace(timeline_id=None)]))
    assert len(stored(history)) == 1


def test_a_minute_told_twice_counts_once(history: History) -> None:
    """The greater count holds, whoever wrote it."""
    for beats in (5, 12, 7):
        history.write(Batch(beats=[Beats(WORKER, 1000, beats, 60_000.0 + beats)]))
    found, _ = history.beats(WORKER, since=0)
    assert found == [Beats(WORKER, 1000, 12, 60_012.0)]


def test_thirty_days_under_retention(history: History) -> None:
    """After forty days of events the last thirty are there, and a task that goes on is whole."""
    days = range(40)
    history.write(
        Batch(
            events=[
                TaskEvent(f"task-{day}-{number}", kind, WORKER, at + number, at + number)
                for day in days
                for at in [AT + day * DAY]
                for number in range(20)
                for kind in (Kind.RECEIVED, Kind.STARTED, Kind.SUCCEEDED)
            ],
            findings=[replace(finding(day * DAY, "running"), timeline_id=day) for day in days],
            beats=[Beats(WORKER, int((AT + day * DAY) // 60), 30, AT + day * DAY) for day in days],
            watches=[watch(Stream.SCANS, day * DAY, day * DAY + 60) for day in days],
        )
    )
    lasting = happened(0, Kind.STARTED)
    history.write(Batch(events=[lasting, happened(39 * DAY, Kind.SUCCEEDED)]))
    now = AT + 39.5 * DAY
    removed = sum(history.prune(before=now - 30 * DAY, surplus=0, most=10**6))
    assert removed == 10 * 60
    assert history.count_events() == 30 * 60 + 2
    assert stored(history)[0] == lasting
    assert [history.material(day).is_empty for day in (8, 9, 10, 39)] == [True, True, False, False]
    found, watches = history.beats(WORKER, since=0)
    assert (len(found), len(watches)) == (30, 0)
    assert sum(history.prune(before=now - 30 * DAY, surplus=0, most=10**6)) == 0


def test_of_too_many_the_oldest_go(history: History) -> None:
    """Surplus events go a task at a time, and surplus findings."""
    for first in (0, 400, 800):
        events = [
            TaskEvent(f"task-{number}", Kind.STARTED, WORKER, AT + number, AT + number)
            for number in range(first, first + 400)
        ]
        findings = [finding(first, "running", worker=f"from {first}")]
        history.write(Batch(events=events, findings=findings))
    assert sum(history.prune(before=0, surplus=600, most=2)) == 1000
    assert history.count_events() == 200
    found = history.material(TIMELINE).findings
    assert [each.worker for each in found] == ["from 400", "from 800"]


def test_the_file_is_for_nobody_else(tmp_path: Path) -> None:
    """It lies beside the journal, and tells of cases."""
    History.kept(f"sqlite:///{tmp_path / 'journal.db'}").close()
    file = tmp_path / "journal-history.db"
    assert history_file(f"sqlite:///{tmp_path / 'journal.db'}") == file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_beside_the_journals_own_tables(database_url: str) -> None:
    """On PostgreSQL both lie in one database, and neither minds the other."""
    open_journal(database_url, instance="host", version="1").close()
    History.kept(database_url).close()
    open_journal(database_url, instance="host", version="1").close()
    History.found(database_url).close()


def test_none_was_kept(journal_url: str) -> None:
    """Who only reads makes nothing, and says what would."""
    with pytest.raises(HistoryMissingError, match=r"no history is kept at .* \(events.keep\)"):
        History.found(journal_url)


def test_another_version_is_not_touched(history: History, journal_url: str) -> None:
    """A newer exporter's history is refused in one line."""
    assert history.count_events() == 0
    file = history_file(journal_url)
    engine = create_engine(f"sqlite:///{file}" if file else journal_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE history_version SET version = 9"))
    engine.dispose()
    for opening in (History.kept, History.found):
        with pytest.raises(HistoryError, match="is of version 9, and this exporter knows 1"):
            opening(journal_url)


def test_damage_is_one_line(tmp_path: Path) -> None:
    """A file that is no database is named."""
    (tmp_path / "journal-history.db").write_text("no database, for sure\n" * 99)
    with pytest.raises(HistoryError, match=r"cannot use the history .*journal-history.db: "):
        History.kept(f"sqlite:///{tmp_path / 'journal.db'}")


def test_a_directory_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """The journal makes its directory, the history none."""
    with pytest.raises(HistoryError, match=r"cannot make the history .*no such file"):
        History.kept(f"sqlite:///{tmp_path / 'nowhere' / 'journal.db'}")


def test_a_file_that_went_away_is_one_line(tmp_path: Path) -> None:
    """It is not made anew behind the back of whoever has it open."""
    with closing(History.kept(f"sqlite:///{tmp_path / 'journal.db'}")) as history:
        Path(tmp_path / "journal-history.db").unlink()
        with pytest.raises(HistoryError, match="cannot use the history"):
            history.write(Batch(events=[happened(1, Kind.STARTED)]))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE history_finding SET document = '{}'",
        "UPDATE history_finding SET at = 'yesterday'",
        "UPDATE history_finding SET document = json_set(document, '$.since', 'yesterday')",
    ],
)
def test_a_damaged_value_is_told(tmp_path: Path, damage: str) -> None:
    """What is stored, and is not what was written, is an error that can be acted on."""
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    with closing(History.kept(url)) as history:
        history.write(Batch(findings=[finding(10, "orphaned")]))
        engine = create_engine(f"sqlite:///{history_file(url)}")
        with engine.begin() as connection:
            connection.execute(text(damage))
        engine.dispose()
        with pytest.raises(HistoryError, match="is damaged"):
            history.material(TIMELINE)


@pytest.mark.parametrize("page", range(1, 18))
def test_a_damaged_file_is_let_go(tmp_path: Path, page: int) -> None:
    """Once it is told, nothing of it stays open, which would keep it locked for others."""
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    with closing(History.kept(url)) as history:
        history.write(
            Batch(
                events=[happened(6, Kind.RECEIVED)],
                ties=[Tie(TASK, AT, TIMELINE)],
                findings=[finding(10, "running")],
                beats=[Beats(WORKER, int(AT // 60), 30, AT)],
                watches=[watch(Stream.SCANS, 0, 60)],
            )
        )
    path = tmp_path / "journal-history.db"
    good = path.read_bytes()
    size = int.from_bytes(good[16:18], "big")
    begin, end = page * size, (page + 1) * size
    path.write_bytes(good[:begin] + good[begin - 10 : end - 10] + good[end:])
    gc.disable()
    try:
        with suppress(HistoryError), closing(History.kept(url)) as history:
            for ask in (
                lambda: history.material(TIMELINE),
                lambda: history.beats(WORKER, since=AT - 600),
                lambda: history.write(Batch(events=[happened(7, Kind.STARTED)])),
                lambda: list(history.prune(before=AT + 30, surplus=2, most=1)),
            ):
                with suppress(HistoryError):
                    ask()
        open_files = [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.exists()]
    finally:
        gc.enable()
    assert path not in open_files
