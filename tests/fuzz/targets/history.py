"""The history's file, as a damaged disk or a careless hand leaves it."""

from __future__ import annotations

import contextlib
import sqlite3
from functools import cache

from exporter.errors import ExporterError
from exporter.events.database import history_file
from exporter.events.history import History
from exporter.events.intake import Batch
from exporter.events.records import Beats, Kind, Stream, Tie
from exporter.events.story import story
from tests.fuzz.cells import words_of
from tests.fuzz.damage import bad_copies, damaged
from tests.fuzz.scratch import place, written
from tests.fuzz.target import Target
from tests.unit.events.samples import AT, TASK, TIMELINE, WORKER, changed, finding, happened, watch

_MINUTE = int(AT // 60)
_BATCH = Batch(
    events=tuple(happened(at, kind) for at, kind in enumerate(Kind)),
    ties=(Tie(TASK, AT, TIMELINE),),
    findings=(finding(1.0, "queued"), finding(9.0, "orphaned", worker=WORKER)),
    workers=(changed(5.0, "dead", beat=4.0),),
    beats=(Beats(WORKER, _MINUTE, 30, AT),),
    watches=(watch(Stream.TASKS, 0.0, 60.0), watch(Stream.SCANS, 0.0, 5.0, "stopped")),
)


def one(data: bytes) -> None:
    """Open the file as a history, ask it everything, write to it and remove from it."""
    written("fuzzed-history.db", damaged(_good(), data))
    url = f"sqlite:///{place('fuzzed.db')}"
    with contextlib.suppress(ExporterError):
        History.found(url).close()
    try:
        with contextlib.closing(History.kept(url)) as history:
            for question in (
                lambda: story(history.material(TIMELINE)),
                lambda: history.beats(WORKER, since=AT - 600),
                history.count_events,
                lambda: history.write(_BATCH),
                lambda: list(history.prune(before=AT + 3, surplus=2, most=1)),
            ):
                with contextlib.suppress(ExporterError):
                    question()
    except ExporterError as error:
        str(error).encode()


@cache
def _good() -> bytes:
    """A small history with something of each kind."""
    url = f"sqlite:///{place('good.db')}"
    path = history_file(url)
    assert path is not None
    with contextlib.closing(History.kept(url)) as history:
        history.write(_BATCH)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    return path.read_bytes()


def seeds() -> list[bytes]:
    """A history as it is, cut short, and with a few bytes changed; and what is none."""
    return bad_copies(_good(), _SWAPS)


_SWAPS = ((b'"reasons"', b'"REASONS"'), (b"orphaned", b"ORPHANED"), (b"[", b"{"), (b"1", b"\xff"))

TARGET = Target(name="history", one=one, seeds=seeds, words=lambda: words_of(_good()))
