"""The last scans are remembered, and the last one that read Timesketch's database."""

from __future__ import annotations

from dataclasses import replace

from exporter.service.scan_history import ScanHistory
from exporter.snapshot import Source, Verdict
from tests.judgements import AT, analysis, judgement, timeline


def test_the_newest_scans_are_kept() -> None:
    """So many scans are kept and no more, the newest first, with what each found."""
    history = ScanHistory(most=2)
    assert history.records() == ()
    found = judgement(
        timeline(1, Verdict.ORPHANED),
        timeline(2, Verdict.ORPHANED),
        analyses=(analysis(1, Verdict.WAITING),),
    )
    for number in range(3):
        history.add(replace(found, at=AT + number))
    assert [record.at for record in history.records()] == [AT + 2, AT + 1]
    newest = history.records()[0]
    assert newest.timelines == {Verdict.ORPHANED: 2}
    assert newest.analyses == {Verdict.WAITING: 1}
    assert newest.complete


def test_the_last_truth_outlives_an_outage() -> None:
    """A scan without the database counts nothing, and the last reading of it stays known."""
    history = ScanHistory()
    assert history.last_read() is None
    before = judgement(timeline(1, Verdict.RUNNING))
    history.add(before)
    history.add(judgement(down=(Source.DATABASE,), incomplete_because=("no database",)))
    assert history.last_read() is before
    assert history.records()[0].timelines is None
