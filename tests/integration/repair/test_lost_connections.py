"""Connections that are lost during a repair, at its commit, and repairs whose end nobody saw."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from exporter.demo.processes import free_port
from exporter.errors import RepairUnsettledError, RepairWriteError
from exporter.repair.apply import Applied, Writer
from exporter.repair.records import Outcome
from exporter.repair.writing import writing_engine
from tests.integration.observe.test_database import changed
from tests.integration.repair.commit_proxy import CommitProxy, Loss
from tests.integration.repair.lock_waits import end_others, until_waiting
from tests.integration.repair.stuck import (
    repair_analysis,
    repair_timeline,
    stuck,
    undo,
    writer,
)

if TYPE_CHECKING:
    from tests.integration.observe.timesketch_database import TimesketchDatabase

DEADLINE = 60.0


@pytest.fixture(params=["on_postgres", "on_mariadb"])
def served(request: pytest.FixtureRequest) -> TimesketchDatabase:
    """Return Timesketch's database on each server whose connections can be lost."""
    found: TimesketchDatabase = request.getfixturevalue(request.param)
    return found


def test_lost_once(served: TimesketchDatabase) -> None:
    """A repair whose session is ended before it writes is carried out at the second attempt."""
    here = stuck(served)
    ended: list[int] = []

    def may_write() -> bool:
        if not ended:
            ended.append(end_others(served))
        return True

    applied = writer(served.roles.repairer).apply(
        repair_timeline(here.timeline()), may_write=may_write
    )

    assert ended == [1]
    assert (applied.outcome, applied.after) == (Outcome.APPLIED, here.timeline())


def test_lost_always(served: TimesketchDatabase) -> None:
    """After as many attempts as are allowed a repair fails, and nothing was written."""
    here = stuck(served)
    before = here.timeline()
    pauses: list[float] = []

    with pytest.raises(RepairWriteError, match="nothing was changed"):
        writer(served.roles.repairer, sleep=pauses.append).apply(
            repair_timeline(before), may_write=lambda: end_others(served) > 0
        )

    assert pauses == [0.1, 0.4]
    assert here.timeline() == before


def test_lost_half_written(served: TimesketchDatabase) -> None:
    """A session that is ended between two writes leaves nothing behind."""
    here = stuck(served)
    before = here.timeline()
    engine = writing_engine(served.roles.repairer, timeout=10)

    @event.listens_for(engine, "before_cursor_execute")
    def end_it(*arguments: object) -> None:
        if str(arguments[2]).startswith("UPDATE"):
            end_others(served)

    with pytest.raises(RepairWriteError, match="nothing was changed"):
        Writer(engine, attempts=1).apply(repair_timeline(before))

    assert here.timeline() == before


@pytest.mark.parametrize("loss", [Loss.BEFORE, Loss.AFTER])
def test_lost_commit(served: TimesketchDatabase, loss: Loss) -> None:
    """Whether the server took the lost COMMIT or not, the repair is applied exactly once."""
    here = stuck(served)
    with CommitProxy(served.roles.repairer, loss) as proxy:
        applied = writer(proxy.url).apply(repair_timeline(here.timeline()))

        assert proxy.cut.is_set()
    assert (applied.outcome, applied.after) == (Outcome.APPLIED, here.timeline())


@pytest.mark.parametrize("loss", [Loss.BEFORE, Loss.AFTER])
def test_lost_commit_of_an_undo(served: TimesketchDatabase, loss: Loss) -> None:
    """An undo, whose texts bear no id of its own, is settled by its rows."""
    here = stuck(served)
    repair = repair_timeline(here.timeline())
    back = undo(repair, writer(served.roles.repairer).apply(repair))
    with CommitProxy(served.roles.repairer, loss) as proxy:
        undone = writer(proxy.url).apply(back)

    assert (undone.outcome, undone.after) == (Outcome.APPLIED, here.timeline())


def test_commit_still_under_way(served: TimesketchDatabase) -> None:
    """Settling waits for the lost session, whose COMMIT may yet come, instead of guessing."""
    here = stuck(served)
    with ThreadPoolExecutor() as threads, CommitProxy(served.roles.repairer, Loss.LATER) as proxy:
        applied = threads.submit(
            writer(proxy.url, timeout=60).apply, repair_timeline(here.timeline())
        )
        assert proxy.cut.wait(DEADLINE)
        until_waiting(served)
        proxy.let_go()

        assert applied.result(DEADLINE) == Applied(Outcome.APPLIED, here.timeline())


def test_settle_written(database: TimesketchDatabase) -> None:
    """A repair that was written is found written, with the rows as it left them."""
    here = stuck(database)
    repair = repair_timeline(here.timeline())
    applied = writer(database.roles.repairer).apply(repair)

    assert writer(database.roles.repairer).settle(repair) == applied


def test_settle_untouched(database: TimesketchDatabase) -> None:
    """A repair that was never written is found so, whether or not the rows changed since."""
    here = stuck(database)
    repair = repair_timeline(here.timeline())
    assert writer(database.roles.repairer).settle(repair) is None

    database.execute("UPDATE timeline_status SET status = 'ready', id = id + 100")

    assert writer(database.roles.repairer).settle(repair) is None


def test_settle_overwritten(database: TimesketchDatabase) -> None:
    """A repair whose timeline was set anew since is told by its id in the message."""
    here = stuck(database)
    repair = repair_timeline(here.timeline())
    writer(database.roles.repairer).apply(repair)
    database.execute("UPDATE timeline_status SET status = 'ready', id = id + 100")

    settled = writer(database.roles.repairer).settle(repair)

    assert settled is not None
    assert (settled.outcome, settled.after) == (Outcome.APPLIED, None)
    assert "timeline 1 says ready" in settled.detail


def test_settle_gone(database: TimesketchDatabase) -> None:
    """Of a repair whose analysis is gone nobody will ever be able to say, so it has failed."""
    here = stuck(database)
    repair = repair_analysis(here.analysis())
    database.execute("DELETE FROM analysis_status", "DELETE FROM analysis")

    settled = writer(database.roles.repairer).settle(repair)

    assert settled is not None
    assert settled.outcome is Outcome.FAILED
    assert settled.detail.endswith("analysis 1 is gone")


def test_settle_unreachable(served: TimesketchDatabase) -> None:
    """While the database is away nobody can say whether a repair was written."""
    repair = repair_timeline(stuck(served).timeline())

    with pytest.raises(RepairUnsettledError, match="nobody can say yet whether repair r1"):
        writer(changed(served.roles.repairer, port=free_port())).settle(repair)


def test_unreachable(served: TimesketchDatabase) -> None:
    """A server that is not there is tried again, then named without the password."""
    repair = repair_timeline(stuck(served).timeline())
    pauses: list[float] = []
    away = writer(changed(served.roles.repairer, port=free_port()), sleep=pauses.append)

    with pytest.raises(RepairWriteError, match=r"cannot write to .*127\.0\.0\.1") as caught:
        away.apply(repair)

    assert len(pauses) == 2
    assert str(served.engine.url.password) not in str(caught.value)


def test_too_slow(on_postgres: TimesketchDatabase) -> None:
    """A statement that takes far longer than the time-out is given up, with the setting's name."""
    here = stuck(on_postgres)
    before = here.timeline()
    on_postgres.execute(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$",
        "CREATE TRIGGER dawdle BEFORE INSERT ON timeline_status"
        " FOR EACH ROW EXECUTE FUNCTION dawdle()",
    )

    with pytest.raises(RepairWriteError, match=r"raise database\.timeout"):
        writer(on_postgres.roles.repairer, timeout=0.5).apply(repair_timeline(before))

    assert here.timeline() == before


def test_wrong_option(on_mariadb: TimesketchDatabase) -> None:
    """An option that the driver does not know is told in one line."""
    repair = repair_timeline(stuck(on_mariadb).timeline())

    with pytest.raises(RepairWriteError, match="colour"):
        writer(f"{on_mariadb.roles.repairer}?colour=red").apply(repair)
