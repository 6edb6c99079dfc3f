"""The journal's file, as a damaged disk or a careless hand leaves it."""

from __future__ import annotations

import contextlib
import sqlite3
from functools import cache

from exporter.errors import ExporterError
from exporter.repair.guards import Decision
from exporter.repair.journal import open_journal
from exporter.repair.journal.export import csv_row, json_line
from exporter.repair.records import Guard, Outcome, Refusal
from tests.fuzz.cells import words_of
from tests.fuzz.damage import bad_copies, damaged
from tests.fuzz.scratch import place, written
from tests.fuzz.target import Target
from tests.integration.repair.journal.samples import (
    ORIGIN,
    WINDOW,
    analysis_repair,
    granting,
    repair,
    rows,
)

_ALL_TIME = 0.0


def one(data: bytes) -> None:
    """Open the file as a journal, ask it everything, and append to it."""
    url = f"sqlite:///{written('journal.db', damaged(_good(), data))}"
    try:
        with contextlib.closing(
            open_journal(url, instance="host:1", version="1", timeout=1.0)
        ) as journal:
            for question in (
                lambda: journal.history(orphan_window=WINDOW),
                lambda: [(json_line(each), csv_row(each)) for each in journal.entries(limit=50)],
                journal.unfinished,
                journal.undos,
                journal.tally,
                lambda: journal.standing_repairs(since=_ALL_TIME),
                lambda: journal.revocations(since=_ALL_TIME),
                lambda: journal.messages([5]),
                lambda: list(journal.check()),
                journal.inbox.open_requests,
                lambda: journal.inbox.recent(50),
                journal.inbox.tally,
                lambda: journal.claim(repair("ffff"), ORIGIN, granting, orphan_window=WINDOW),
            ):
                with contextlib.suppress(ExporterError):
                    question()
    except ExporterError as error:
        str(error).encode()


@cache
def _good() -> bytes:
    """A small journal with an entry of each kind."""
    path = place("good-journal.db")
    url = f"sqlite:///{path}"
    with contextlib.closing(open_journal(url, instance="host:1", version="1")) as journal:
        for number, decide in enumerate((granting, granting, _refusing)):
            journal.claim(repair(f"{number}abc"), ORIGIN, decide, orphan_window=WINDOW)
        journal.finish("0abc", Outcome.APPLIED, after=rows())
        journal.claim(analysis_repair("3abc", 8, 5), ORIGIN, granting, orphan_window=WINDOW)
        journal.pause("maintenance", ORIGIN)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    return path.read_bytes()


def _refusing(_: object) -> Decision:
    return Decision((Refusal(Guard.BUDGET, "spent"),))


def seeds() -> list[bytes]:
    """A journal as it is, cut short, and with a few bytes changed; and what is none."""
    return bad_copies(_good(), _SWAPS)


_SWAPS = (
    (b'"verdict"', b'"VERDICT"'),
    (b"granted", b"GRANTED"),
    (b"[", b"{"),
    (b"fail", b"\xff\xfe!!"),
)

TARGET = Target(name="journal", one=one, seeds=seeds, words=lambda: words_of(_good()))
