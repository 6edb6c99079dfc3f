"""A repair and Timesketch write the same timeline at once: each order, with real row locks.

Who goes first is held at a known step, and PostgreSQL itself says who waits for whom.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.forged_verdict import ForgedVerdict
from tests.timesketch.patience import until
from tests.timesketch.postgres_session import EXPORTER, PostgresSession
from tests.timesketch.status_setter import StatusSetter

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.exporter_command import Command, Done
    from tests.timesketch.installation import Installation

TIMESKETCH = ""  # it gives its sessions no name


@dataclass(frozen=True, slots=True)
class Lost:
    """A Timesketch with several lost imports in one sketch, by name."""

    timesketch: Installation
    exporter: Command
    sketch: int
    timelines: dict[str, int]

    @property
    def database(self) -> PostgresSession:
        """Timesketch's database."""
        return self.timesketch.database

    def statuses(self, timeline: int) -> tuple[list[str], list[str]]:
        """Every status row of a timeline, and every one of its data sources, the newest last."""
        own = self.database.rows(
            "SELECT status FROM timeline_status WHERE parent_id = %s ORDER BY id", timeline
        )
        sources = self.database.rows(
            "SELECT status FROM datasource_status s JOIN datasource d ON d.id = s.parent_id"
            " WHERE timeline_id = %s ORDER BY s.id",
            timeline,
        )
        return [str(row[0]) for row in own], [str(row[0]) for row in sources]

    def entry(self, timeline: int) -> dict[str, Any]:
        """The journal's one entry about a timeline, after a look at whether it still stands."""
        (entry,) = self.exporter.journal("--timeline", str(timeline))
        return entry

    def holder(self) -> int:
        """The pid of the exporter's one session that holds rows of timelines locked."""
        ((pid,),) = self.database.rows(
            "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE datname = current_database() AND application_name = %s"
            " AND relation = 'timeline'::regclass AND mode = 'RowShareLock' AND granted",
            EXPORTER,
        )
        return int(str(pid))


NAMES = (
    *("set first", "repaired first", "repaired first and read"),
    *("source first", "uploaded first", "upload waits"),
)


@pytest.fixture(scope="module")
def lost(install: Callable[..., Installation], command: Callable[[Installation], Command]) -> Lost:
    """Lost imports, made by a worker that was killed; and a worker that lives."""
    timesketch = install()
    exporter = command(timesketch)
    sketch = timesketch.api.new_sketch("races")
    victim = timesketch.worker("victim", processes=len(NAMES))
    victim.wait_ready()
    timelines = {
        name: timesketch.upload_running(sketch, name, held=name.replace(" ", "-")) for name in NAMES
    }
    victim.kill()
    timesketch.worker("worker").wait_ready()
    return Lost(timesketch, exporter, sketch, timelines)


def _set_ready(lost: Lost, timeline: int, *, status_read: bool = False) -> StatusSetter:
    return StatusSetter(
        lost.timesketch,
        model="Timeline",
        identifier=timeline,
        status="ready",
        status_read=status_read,
    )


def _set_while_repaired(lost: Lost, timeline: int, setter: StatusSetter) -> None:
    """Let Timesketch set a status that waits for a repair in its transaction, then let both go."""
    with ForgedVerdict(lost.timesketch, lost.exporter, timeline, held=True) as forged:
        forged.start()
        forged.wait_held()
        holder = lost.holder()
        setter.begin()
        waiting = lost.database.wait_until_it_waits_for(holder, application=TIMESKETCH)
        assert (waiting.pid, waiting.blockers) == (setter.pid, frozenset({holder}))
        forged.let_go()
        assert forged.entry().outcome == "applied"
    setter.commit()


def test_timesketch_sets_the_status_first(lost: Lost) -> None:
    """A repair waits for Timesketch's set_status, then finds the timeline changed and leaves it."""
    timeline = lost.timelines["set first"]
    done: list[Done] = []

    def repair() -> None:
        settings = {"repair.brake-share": "1", "database.timeout": "20s"}
        done.append(lost.exporter.repair(str(timeline), settings=settings))

    with _set_ready(lost, timeline) as setter:
        setter.write()
        thread = threading.Thread(target=repair, daemon=True)
        thread.start()
        waiting = lost.database.wait_until_it_waits_for(setter.pid)
        assert waiting.blockers == {setter.pid}
        assert lost.statuses(timeline) == (["processing"], ["processing"])
        setter.commit()
    thread.join(60)
    assert done[0].exit_code == 3, done[0].errors
    assert lost.statuses(timeline) == (["ready"], ["processing"])
    entry = lost.entry(timeline)
    assert entry["outcome"] == "unchanged"
    assert f"timeline {timeline} says ready" in entry["detail"]
    assert entry["after"] is None


def test_the_repair_is_first(lost: Lost) -> None:
    """Timesketch's set_status waits for a repair, and its status, which comes last, counts."""
    timeline = lost.timelines["repaired first"]
    with _set_ready(lost, timeline) as setter:
        _set_while_repaired(lost, timeline, setter)
    assert lost.statuses(timeline) == (["ready"], ["fail"])
    reviewed = lost.entry(timeline)
    assert reviewed["outcome"] == "applied"
    assert f"timeline {timeline} says ready" in reviewed["superseded_by"]
    assert reviewed["undone_by"] is None


def test_the_repair_is_first_and_the_status_was_read_before(lost: Lost) -> None:
    """Where Timesketch had read the status already, the repair's row stays beside its own.

    Its set_status then deletes only the row that it has read, which the repair has replaced. Two
    of its own writers do that to each other as well; of several rows the newest counts.
    """
    timeline = lost.timelines["repaired first and read"]
    with _set_ready(lost, timeline, status_read=True) as setter:
        _set_while_repaired(lost, timeline, setter)
    assert lost.statuses(timeline) == (["fail", "ready"], ["fail"])
    assert f"timeline {timeline} says ready" in lost.entry(timeline)["superseded_by"]


def test_timesketch_is_setting_the_status_of_a_data_source(lost: Lost) -> None:
    """A repair that holds the timeline waits for no data source: it fails, nothing changed."""
    timeline = lost.timelines["source first"]
    ((source,),) = lost.database.rows("SELECT id FROM datasource WHERE timeline_id = %s", timeline)
    with StatusSetter(
        lost.timesketch, model="DataSource", identifier=int(str(source)), status="fail"
    ) as setter:
        setter.write()
        with ForgedVerdict(lost.timesketch, lost.exporter, timeline) as forged:
            entry = forged.perform()
        assert entry.outcome == "failed"
        assert "somebody else keeps a row of the repair locked" in entry.detail
        assert lost.statuses(timeline) == (["processing"], ["processing"])
        setter.commit()
    assert lost.statuses(timeline) == (["processing"], ["fail"])


def test_uploaded_between_verdict_and_write(lost: Lost) -> None:
    """A data source uploaded after the verdict makes the repair leave the timeline alone."""
    name = "uploaded first"
    timeline = lost.timelines[name]
    with ForgedVerdict(lost.timesketch, lost.exporter, timeline) as forged:
        assert lost.timesketch.upload_running(lost.sketch, name, held="second") == timeline
        before = lost.database.everything()
        entry = forged.perform()
    assert entry.outcome == "unchanged"
    assert "was added" in entry.detail
    assert lost.database.everything() == before
    lost.timesketch.opensearch.release("second")
    lost.timesketch.wait_status(timeline, "ready")


def test_an_upload_waits_for_the_repair(lost: Lost) -> None:
    """An upload into a timeline under repair waits for it, then becomes ready all the same."""
    name = "upload waits"
    timeline = lost.timelines[name]
    uploaded: list[int] = []
    with ForgedVerdict(lost.timesketch, lost.exporter, timeline, held=True) as forged:
        forged.start()
        forged.wait_held()
        thread = threading.Thread(
            target=lambda: uploaded.append(lost.timesketch.upload(lost.sketch, name)), daemon=True
        )
        thread.start()
        lost.database.wait_until_it_waits_for(lost.holder(), application=TIMESKETCH)
        forged.let_go()
        assert forged.entry().outcome == "applied"
    until(lambda: uploaded == [timeline], "the upload is answered")
    lost.timesketch.wait_status(timeline, "ready")
    assert lost.statuses(timeline) == (["ready"], ["fail", "ready"])
    assert "was added" in lost.entry(timeline)["superseded_by"]
