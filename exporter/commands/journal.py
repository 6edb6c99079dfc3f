"""`journal`: the repairs, as a table for people or as JSON lines or CSV for other programs."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from exporter.commands.plan_tables import journal_table
from exporter.commands.terminal import hush_log, output, remarks
from exporter.errors import Exit, JournalError, SettingsError, SourceError
from exporter.repair.journal.export import FIELDS, csv_lines, csv_row, json_line
from exporter.repair.review import review
from exporter.service.repairing import opened_journal, rows_reader

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from datetime import datetime

    from exporter.repair.journal import Journal
    from exporter.repair.records import Entry
    from exporter.settings import Settings


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print the entries, the newest last; raises JournalError.

    Options: `since` (seconds before now, a datetime, or None), `timeline`, `output`. Before that it
    is looked which repairs were superseded, if Timesketch's database can be asked.
    """
    hush_log(settings)
    with opened_journal(settings) as journal:
        _review(settings, journal)
        entries = journal.entries(
            since=moment_of(options.since, time.time()), timeline_id=options.timeline
        )
        if options.output == "table":
            _print_table(list(entries))
        elif options.output == "json":
            for entry in entries:
                print(json_line(entry))
        else:
            _print_csv(entries)
    return Exit.OK


def moment_of(since: float | datetime | None, now: float) -> float | None:
    """The moment in Unix seconds that a duration before `now`, or a datetime, means."""
    if since is None:
        return None
    return now - since if isinstance(since, (int, float)) else since.timestamp()


def _review(settings: Settings, journal: Journal) -> None:
    try:
        with ExitStack() as stack:
            review(journal, rows_reader(settings, stack), now=time.time())
    except (SettingsError, SourceError, JournalError) as error:
        text = f"Not looked whether the repairs still stand: {error}"
        remarks().print(text, markup=False, soft_wrap=True)


def _print_table(entries: list[Entry]) -> None:
    if entries:
        output().print(journal_table(entries))
    else:
        print("The journal holds no such repair.")


def _print_csv(entries: Iterable[Entry]) -> None:
    sys.stdout.write(csv_lines([FIELDS]))
    for entry in entries:
        sys.stdout.write(csv_lines([csv_row(entry)]))
