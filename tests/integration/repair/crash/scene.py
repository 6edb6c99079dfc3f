"""What is stuck in one round: three timelines and an analysis, each to be repaired otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, text

from exporter.demo import tables
from exporter.repair.rows import Target
from exporter.repair.targets import key_of
from exporter.snapshot import JudgedAnalysis, JudgedTimeline, Verdict
from tests.judgements import AT, judgement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Engine, Table

    from exporter.observe.timelines import TimelinesReader
    from exporter.repair.targets import Judged
    from exporter.snapshot import Judgement

_SINCE = AT - 600.0

# Counts what was committed: a trigger's row lives and dies with the transaction it came in. It is
# written with the rights of the owner, since the exporter's user has none on this table.
_AUDIT = (
    "CREATE TABLE audit (kind text, parent_id int)",
    """CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    INSERT INTO audit VALUES (TG_TABLE_NAME, NEW.parent_id); RETURN NEW; END $$""",
    *(
        f"CREATE TRIGGER audit AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION audit()"
        for table in ("timeline_status", "analysis_status")
    ),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """The ids of what is stuck."""

    timeline_ids: tuple[int, ...]
    analysis_id: int

    @property
    def keys(self) -> tuple[tuple[Target, int], ...]:
        """All targets."""
        timelines = ((Target.TIMELINE, timeline_id) for timeline_id in self.timeline_ids)
        return (*timelines, (Target.ANALYSIS, self.analysis_id))

    @property
    def regretted(self) -> tuple[Target, int]:
        """The target whose repair is to be undone."""
        return self.keys[0]

    def wants(self, judged: Judged) -> bool:
        """Whether it is part of this scene."""
        return key_of(judged) in self.keys


def install_audit(engine: Engine) -> None:
    """Have the database count the statuses that are set from now on."""
    with engine.begin() as connection:
        for statement in _AUDIT:
            connection.execute(text(statement))


def make_scene(engine: Engine) -> Scene:
    """Add a scene to Timesketch's database, and forget what was counted before."""
    with engine.begin() as connection:
        sketch_id = _add(connection, tables.SKETCH, name="case")
        _status(connection, tables.SKETCH_STATUS, sketch_id, "new")
        own, shared = (
            _add(connection, tables.SEARCHINDEX, index_name=name) for name in ("own", "shared")
        )
        for index_id in (own, shared):
            _status(connection, tables.SEARCHINDEX_STATUS, index_id, "processing")
        lost = _timeline(connection, sketch_id, own, ["processing", "queueing"])
        partly = _timeline(connection, sketch_id, shared, ["ready", "processing"])
        empty = _timeline(connection, sketch_id, shared, [])
        analysis_id = _add(
            connection,
            tables.ANALYSIS,
            sketch_id=sketch_id,
            timeline_id=lost,
            analyzer_name="sigma",
            result="half",
        )
        _status(connection, tables.ANALYSIS_STATUS, analysis_id, "STARTED")
        connection.execute(text("DELETE FROM audit"))
    return Scene((lost, partly, empty), analysis_id)


def audited(engine: Engine) -> Mapping[tuple[Target, int], int]:
    """How often a status was set, for good, since the scene was made."""
    counted = text("SELECT kind, parent_id, count(*) FROM audit GROUP BY kind, parent_id")
    with engine.connect() as connection:
        rows = connection.execute(counted).all()
    return {(Target(kind.removesuffix("_status")), parent): count for kind, parent, count in rows}


def judge(reader: TimelinesReader, scene: Scene) -> Judgement:
    """Call all of the scene orphaned that still is unfinished."""
    found = reader.read()
    timelines = (
        JudgedTimeline(timeline, Verdict.ORPHANED, _SINCE, (), None, ("made up",))
        for timeline in found.timelines
    )
    analyses = (
        JudgedAnalysis(analysis, Verdict.ORPHANED, _SINCE, (), None, ("made up",))
        for analysis in found.analyses
    )
    return judgement(*filter(scene.wants, timelines), analyses=tuple(filter(scene.wants, analyses)))


def _timeline(connection: Connection, sketch_id: int, index_id: int, sources: Sequence[str]) -> int:
    timeline_id = _add(
        connection, tables.TIMELINE, name="disk", sketch_id=sketch_id, searchindex_id=index_id
    )
    _status(connection, tables.TIMELINE_STATUS, timeline_id, "processing")
    for status in sources:
        source_id = _add(
            connection, tables.DATASOURCE, timeline_id=timeline_id, file_on_disk="/mnt/a.csv"
        )
        _status(connection, tables.DATASOURCE_STATUS, source_id, status)
    return timeline_id


def _status(connection: Connection, table: Table, parent_id: int, status: str) -> None:
    _add(connection, table, parent_id=parent_id, status=status)


def _add(connection: Connection, table: Table, **values: object) -> int:
    added = connection.execute(insert(table).values(**values))
    return int(added.inserted_primary_key[0])  # type: ignore[index]  # there is always one
