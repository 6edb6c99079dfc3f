"""A repair against Timesketch and against another repair, with real locks in both orders."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import pytest

from exporter.errors import RepairBlockedError
from exporter.repair.records import Outcome
from tests.integration.repair.lock_waits import session, until_waiting
from tests.integration.repair.replica import apply, replicas
from tests.integration.repair.stuck import repair_analysis, repair_timeline, stuck, writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.observe.timesketch_database import TimesketchDatabase
    from tests.integration.repair.lock_waits import Session

DEADLINE = 120.0


@pytest.fixture(params=["on_postgres", "on_mariadb"])
def locking(request: pytest.FixtureRequest) -> TimesketchDatabase:
    """Return Timesketch's database on each server that locks rows."""
    found: TimesketchDatabase = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def background() -> Iterator[ThreadPoolExecutor]:
    """Return threads for what goes on at the same time."""
    with ThreadPoolExecutor() as threads:
        yield threads


def lock(other: Session, table: str = "timeline") -> None:
    """Lock the first row, as the beginning of Timesketch's set_status does."""
    other.execute(f"SELECT id FROM {table} WHERE id = 1 FOR UPDATE")  # noqa: S608  names of ours


def replace_status(other: Session, status: str, table: str = "timeline") -> None:
    """Replace the status row and commit, as the rest of set_status does."""
    other.execute(f"DELETE FROM {table}_status WHERE parent_id = 1")  # noqa: S608  names of ours
    other.execute(
        f"INSERT INTO {table}_status (parent_id, status) VALUES (1, '{status}')"  # noqa: S608
    )
    other.commit()


def set_status(other: Session, status: str) -> None:
    """Set the timeline's status as Timesketch does."""
    lock(other)
    replace_status(other, status)


@pytest.mark.parametrize("table", ["timeline", "datasource"])
def test_timesketch_first(
    locking: TimesketchDatabase, background: ThreadPoolExecutor, table: str
) -> None:
    """A repair waits for a set_status under way, then sees what it said and writes nothing."""
    here = stuck(locking)
    repair = repair_timeline(here.timeline())
    with session(locking) as other:
        lock(other, "timeline")
        applied = background.submit(writer(locking.roles.repairer).apply, repair)
        until_waiting(locking, blocker=other.session_id)
        replace_status(other, "ready", table)

    assert applied.result(DEADLINE).outcome is Outcome.UNCHANGED
    assert "says ready, not processing" in applied.result().detail


def test_analysis_first(locking: TimesketchDatabase, background: ThreadPoolExecutor) -> None:
    """A repair of an analysis waits for its set_status in the same way."""
    here = stuck(locking)
    repair = repair_analysis(here.analysis())
    with session(locking) as other:
        lock(other, "analysis")
        applied = background.submit(writer(locking.roles.repairer).apply, repair)
        until_waiting(locking, blocker=other.session_id)
        replace_status(other, "DONE", "analysis")

    assert "analysis 1 says DONE, not STARTED" in applied.result(DEADLINE).detail


def test_timesketch_second(locking: TimesketchDatabase, background: ThreadPoolExecutor) -> None:
    """A set_status that comes during a repair waits for it, and has the last word."""
    here = stuck(locking)
    repair = repair_timeline(here.timeline())
    locked, go_on = Event(), Event()

    def may_write() -> bool:
        locked.set()
        return go_on.wait(DEADLINE)

    applied = background.submit(
        writer(locking.roles.repairer, timeout=60).apply, repair, may_write=may_write
    )
    assert locked.wait(DEADLINE)
    with session(locking) as other:
        setting = background.submit(set_status, other, "ready")
        until_waiting(locking, waiter=other.session_id)
        go_on.set()
        setting.result(DEADLINE)

    after = applied.result(DEADLINE).after
    assert applied.result().outcome is Outcome.APPLIED
    assert after is not None
    assert [row.status for row in after.statuses] == ["fail"]
    assert [row.status for row in here.timeline().statuses] == ["ready"]


def test_two_replicas(locking: TimesketchDatabase) -> None:
    """Of two processes that repair a timeline at once, one does and the other finds it done."""
    here = stuck(locking)
    first = repair_timeline(here.timeline())
    second = replace(repair_timeline(here.timeline(), repair_id="r9"))
    with replicas(2) as processes:
        with session(locking) as other:
            lock(other)
            both = [
                processes.submit(apply, locking.roles.repairer, each) for each in (first, second)
            ]
            until_waiting(locking, waiters=2)
            other.commit()
        done = [each.result(DEADLINE) for each in both]

    assert sorted(each.outcome for each in done) == [Outcome.APPLIED, Outcome.UNCHANGED]
    after = here.timeline()
    assert [row.status for row in after.statuses] == ["fail"]
    (winner,) = [one for one, each in zip((first, second), done, strict=True) if each.after]
    assert winner.repair_id in (after.data_sources[0].error_message or "")
    assert [each.after for each in done if each.after] == [after]


def test_upload_committed_before(locking: TimesketchDatabase) -> None:
    """A data source that was uploaded after the verdict makes the repair stand back."""
    here = stuck(locking)
    repair = repair_timeline(here.timeline())
    locking.execute("INSERT INTO datasource (timeline_id) VALUES (1)")

    assert writer(locking.roles.repairer).apply(repair).detail == "data source 3 was added"


def test_upload_under_way(locking: TimesketchDatabase, background: ThreadPoolExecutor) -> None:
    """A repair waits for an upload whose data source is not committed yet, then stands back."""
    here = stuck(locking)
    repair = repair_timeline(here.timeline())
    with session(locking) as other:
        other.execute("INSERT INTO datasource (timeline_id) VALUES (1)")
        applied = background.submit(writer(locking.roles.repairer).apply, repair)
        until_waiting(locking, blocker=other.session_id)
        other.commit()

    assert applied.result(DEADLINE).detail == "data source 3 was added"


def test_upload_during_a_repair(
    locking: TimesketchDatabase, background: ThreadPoolExecutor
) -> None:
    """An upload that comes during a repair waits for it, and is added to the repaired timeline."""
    here = stuck(locking)
    repair = repair_timeline(here.timeline())
    locked, go_on = Event(), Event()

    def may_write() -> bool:
        locked.set()
        return go_on.wait(DEADLINE)

    applied = background.submit(
        writer(locking.roles.repairer, timeout=60).apply, repair, may_write=may_write
    )
    assert locked.wait(DEADLINE)
    with session(locking) as other:
        upload = background.submit(other.execute, "INSERT INTO datasource (timeline_id) VALUES (1)")
        until_waiting(locking, waiter=other.session_id)
        go_on.set()
        upload.result(DEADLINE)
        other.commit()

    assert applied.result(DEADLINE).outcome is Outcome.APPLIED
    assert [len(source.statuses) for source in here.timeline().data_sources] == [1, 1, 0]


def test_new_timeline_of_the_index(
    locking: TimesketchDatabase, background: ThreadPoolExecutor
) -> None:
    """While a repair sets an index, nobody adds a timeline that would lie in it."""
    here = stuck(locking)
    repair = repair_timeline(here.timeline(), index=True)
    locked, go_on = Event(), Event()

    def may_write() -> bool:
        locked.set()
        return go_on.wait(DEADLINE)

    applied = background.submit(
        writer(locking.roles.repairer, timeout=60).apply, repair, may_write=may_write
    )
    assert locked.wait(DEADLINE)
    with session(locking) as other:
        added = background.submit(
            other.execute, "INSERT INTO timeline (sketch_id, searchindex_id) VALUES (1, 1)"
        )
        until_waiting(locking, waiter=other.session_id)
        go_on.set()
        added.result(DEADLINE)

    assert applied.result(DEADLINE).outcome is Outcome.APPLIED


@pytest.mark.parametrize(
    "held",
    [
        "SELECT id FROM datasource WHERE id = 2 FOR UPDATE",
        "SELECT id FROM searchindex WHERE id = 1 FOR UPDATE",
        "DELETE FROM timeline_status WHERE parent_id = 1",
    ],
)
def test_no_deadlock(locking: TimesketchDatabase, held: str) -> None:
    """Against somebody who locks the other way round, the repair gives way instead of waiting."""
    here = stuck(locking)
    repair = repair_timeline(here.timeline(), index=True)
    with session(locking) as other:
        other.execute(held)

        def the_other_goes_on(_: float) -> None:
            # Would end in a deadlock, were the repair still holding the timeline's row.
            lock(other)
            other.connection.rollback()

        applied = writer(locking.roles.repairer, sleep=the_other_goes_on).apply(repair)

    assert applied.outcome is Outcome.APPLIED


def test_blocked(locking: TimesketchDatabase) -> None:
    """A row that stays locked is waited for no longer than the time-out, then nothing changes."""
    here = stuck(locking)
    before = here.timeline()
    pauses: list[float] = []
    with session(locking) as other:
        lock(other)

        with pytest.raises(RepairBlockedError, match="nothing was changed"):
            writer(locking.roles.repairer, timeout=0.5, sleep=pauses.append).apply(
                repair_timeline(before)
            )

    assert pauses == [0.1, 0.4]
    assert here.timeline() == before


def test_sqlite_is_locked_whole(on_sqlite: TimesketchDatabase) -> None:
    """SQLite knows one lock: a repair gives up while somebody else writes."""
    here = stuck(on_sqlite)
    before = here.timeline()
    with on_sqlite.engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")

        with pytest.raises(RepairBlockedError):
            writer(on_sqlite.roles.repairer, timeout=0.1).apply(repair_timeline(before))

    assert here.timeline() == before
