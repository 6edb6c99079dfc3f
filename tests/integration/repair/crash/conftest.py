"""A journal of each kind beside Timesketch's database, and the process to be struck."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
import pytest

from exporter.repair.journal import open_journal
from exporter.repair.journal.tables import METADATA
from tests.integration.repair.crash.striking import Ring, ring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exporter.demo.servers import Postgres
    from tests.integration.observe.timesketch_database import TimesketchDatabase

# Killed processes lose nothing that they handed to the kernel: waiting for a disk adds nothing.
_MEMORY = Path("/dev/shm")  # noqa: S108  a directory of our own is made in it

EmptiedJournal = tuple[str, "Callable[[], object]"]


@pytest.fixture
def journal_in_file() -> Iterator[EmptiedJournal]:
    """Return a journal's URL and what empties it."""
    place = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="timesketch-exporter-", dir=place) as made:
        empty, file = Path(made, "empty.db"), Path(made, "journal.db")
        open_journal(f"sqlite:///{empty}", instance="test", version="test").close()

        def put_back() -> None:
            Path(made, "journal.db-journal").unlink(missing_ok=True)
            shutil.copy(empty, file)

        yield f"sqlite:///{file}", put_back


@pytest.fixture
def journal_on_postgres(postgres: Postgres) -> Iterator[EmptiedJournal]:
    """Return a journal's URL and what empties it, in spite of the triggers that guard it."""
    name = f"journal_{uuid.uuid4().hex[:12]}"
    url = postgres.create_database(name)
    open_journal(url, instance="test", version="test").close()
    deletes = [f"DELETE FROM {table.name}" for table in reversed(METADATA.sorted_tables)]  # noqa: S608  names of ours
    statements = "; ".join(["SET session_replication_role = replica", *deletes])

    def delete_all() -> None:
        connection = psycopg2.connect(url.replace("+psycopg2", ""))
        with connection, connection.cursor() as cursor:
            cursor.execute(statements)
        connection.close()

    yield url, delete_all
    postgres.drop_database(name)


@pytest.fixture(params=["journal_in_file", "journal_on_postgres"])
def struck(request: pytest.FixtureRequest, on_postgres: TimesketchDatabase) -> Iterator[Ring]:
    """Return Timesketch's database and each journal, with the process to be struck."""
    with ring(on_postgres, *request.getfixturevalue(request.param)) as made:
        yield made
