"""What Timesketch writes into its database while files are uploaded, imported and analysed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from exporter.demo import tables
from exporter.demo.record import Record, Said

if TYPE_CHECKING:
    from sqlalchemy import Table


@dataclass(frozen=True, slots=True)
class UploadedRows:
    """The ids that an upload's rows got. `analyses` are in the order in which they shall run."""

    timeline_id: int
    index_name: str
    analyses: tuple[int, ...]


class Rows:
    """Timesketch's database, written to as Timesketch writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_tables(self) -> None:
        """Create every table that the demonstration uses."""
        tables.METADATA.create_all(self._engine)

    def add_sketch(self, name: str, *, status: str = "new") -> int:
        """Add a sketch with its search index and return the sketch's id.

        All CSV and JSONL uploads of a sketch share one search index.
        """
        with self._engine.begin() as connection:
            sketch_id = _insert(connection, tables.SKETCH, name=name)
            _set_status(connection, tables.SKETCH_STATUS, sketch_id, status)
            _insert(
                connection,
                tables.SEARCHINDEX,
                name=name,
                description=str(sketch_id),
                index_name=uuid.uuid4().hex,
            )
        return sketch_id

    def add_upload(
        self, sketch_id: int, name: str, file_path: str, *, analyzers: tuple[str, ...] = ()
    ) -> UploadedRows:
        """Commit what the web server commits before it sends the message to the workers."""
        with self._engine.begin() as connection:
            index_id, index_name = connection.execute(
                select(tables.SEARCHINDEX.c.id, tables.SEARCHINDEX.c.index_name).where(
                    tables.SEARCHINDEX.c.description == str(sketch_id)
                )
            ).one()
            timeline_id = _insert(
                connection,
                tables.TIMELINE,
                name=name,
                description=name,
                color="5E75C2",
                searchindex_id=index_id,
                sketch_id=sketch_id,
            )
            _set_status(connection, tables.TIMELINE_STATUS, timeline_id, "processing")
            data_source_id = _insert(
                connection,
                tables.DATASOURCE,
                timeline_id=timeline_id,
                provider="WebUpload",
                file_on_disk=file_path,
                original_filename=name,
            )
            _set_status(connection, tables.DATASOURCE_STATUS, data_source_id, "queueing")
            analyses = tuple(
                _add_analyses(connection, sketch_id, timeline_id, analyzers) if analyzers else ()
            )
        return UploadedRows(timeline_id, index_name, analyses)

    def set_import_status(
        self, timeline_id: int, file_path: str, status: str, error_message: str = ""
    ) -> None:
        """Set data source and timeline alike, as the import tasks do for a single file."""
        with self._engine.begin() as connection:
            data_source_id = connection.execute(
                select(tables.DATASOURCE.c.id).where(
                    tables.DATASOURCE.c.timeline_id == timeline_id,
                    tables.DATASOURCE.c.file_on_disk == file_path,
                )
            ).scalar_one()
            _set_status(connection, tables.DATASOURCE_STATUS, data_source_id, status)
            _set_status(connection, tables.TIMELINE_STATUS, timeline_id, status)
            if error_message:
                connection.execute(
                    update(tables.DATASOURCE)
                    .where(tables.DATASOURCE.c.id == data_source_id)
                    .values(error_message=error_message)
                )

    def set_analysis_status(self, analysis_id: int, status: str) -> None:
        """Set the status of an analysis: PENDING, STARTED, DONE or ERROR."""
        with self._engine.begin() as connection:
            _set_status(connection, tables.ANALYSIS_STATUS, analysis_id, status)

    def timeline_statuses(self) -> dict[int, str]:
        """Return what Timesketch itself says of each timeline: the status its analysts see."""
        return self._statuses(tables.TIMELINE_STATUS)

    def analysis_statuses(self) -> dict[int, str]:
        """Return what Timesketch itself says of each analysis."""
        return self._statuses(tables.ANALYSIS_STATUS)

    def record(self, timeline_id: int) -> Record:
        """Return what the rows of an upload say; the upload has one file."""
        source = tables.DATASOURCE
        with self._engine.begin() as connection:
            data_source_id, message = connection.execute(
                select(source.c.id, source.c.error_message).where(
                    source.c.timeline_id == timeline_id
                )
            ).one()
            return Record(
                timeline=_said(connection, tables.TIMELINE_STATUS, timeline_id),
                data_source=_said(connection, tables.DATASOURCE_STATUS, data_source_id),
                message=message,
            )

    def _statuses(self, table: Table) -> dict[int, str]:
        with self._engine.connect() as connection:
            newest_last = select(table.c.parent_id, table.c.status).order_by(table.c.id)
            return {row.parent_id: row.status for row in connection.execute(newest_last)}


def _insert(connection: Connection, table: Table, **values: object) -> int:
    return int(
        connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    )


def _said(connection: Connection, table: Table, parent_id: int) -> Said:
    """Return the one status row that an object has."""
    row = connection.execute(select(table).where(table.c.parent_id == parent_id)).one()
    return Said(row.id, row.status, row.user_id, row.created_at, row.updated_at)


def _set_status(connection: Connection, table: Table, parent_id: int, status: str) -> None:
    """Replace the status row, as `set_status` of Timesketch's models does: a new id each time."""
    connection.execute(delete(table).where(table.c.parent_id == parent_id))
    connection.execute(insert(table).values(parent_id=parent_id, status=status))


def _add_analyses(
    connection: Connection, sketch_id: int, timeline_id: int, analyzers: tuple[str, ...]
) -> list[int]:
    """Add a session of PENDING analyses, one for each analyzer.

    Automatic ones carry the id of the *first* timeline of the sketch's search index, not of the
    upload they belong to (`build_sketch_analysis_pipeline`).
    """
    uploaded = tables.TIMELINE.alias()
    first_timeline = connection.execute(
        select(func.min(tables.TIMELINE.c.id))
        .join(uploaded, uploaded.c.searchindex_id == tables.TIMELINE.c.searchindex_id)
        .where(uploaded.c.id == timeline_id)
    ).scalar_one()
    session_id = _insert(connection, tables.ANALYSISSESSION, sketch_id=sketch_id)
    ids = []
    for analyzer in analyzers:
        analysis_id = _insert(
            connection,
            tables.ANALYSIS,
            name=analyzer,
            description=analyzer,
            analyzer_name=analyzer,
            parameters="{}",
            analysissession_id=session_id,
            sketch_id=sketch_id,
            timeline_id=first_timeline,
        )
        _set_status(connection, tables.ANALYSIS_STATUS, analysis_id, "PENDING")
        ids.append(analysis_id)
    return ids
