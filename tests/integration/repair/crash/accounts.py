"""Whether the journal and Timesketch's rows tell the same story of a scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.repair.records import Outcome
from exporter.repair.rows import AnalysisRows, StatusRow, TimelineRows
from tests.integration.repair.stuck import without_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exporter.repair.records import Entry
    from exporter.repair.rows import Rows, Target


@dataclass(frozen=True, slots=True)
class Accounts:
    """The entries of a scene, its rows, and how often each status was set; and those before."""

    entries: tuple[Entry, ...]
    rows: Mapping[tuple[Target, int], Rows]
    writes: Mapping[tuple[Target, int], int]
    before: Mapping[tuple[Target, int], Rows]

    def ended(self) -> Mapping[str, str]:
        """The outcomes by repair id."""
        return {e.repair.repair_id: e.outcome for e in self.entries if e.outcome is not None}

    def open_intent(self) -> Entry | None:
        """The intent that has no outcome; there is one at most, since repairs follow each other."""
        found = [entry for entry in self.entries if entry.outcome is None]
        assert len(found) <= 1
        return found[0] if found else None

    def is_written(self, entry: Entry) -> bool:
        """Whether the status was set once more than the outcomes tell: by this open intent."""
        return self.writes.get(entry.repair.key, 0) > len(self._applied(entry.repair.key))

    def agree(self, allowed: frozenset[Outcome]) -> None:
        """Assert that every intent ended in an `allowed` way, and that the rows are as it says."""
        assert {entry.outcome for entry in self.entries} <= allowed | {Outcome.APPLIED}
        assert {entry.repair.key for entry in self.entries} <= self.rows.keys()
        for key, now in self.rows.items():
            applied = self._applied(key)
            assert self.writes.get(key, 0) == len(applied), key
            judged = [entry.repair.status_id for entry in applied]
            assert len(judged) == len(set(judged)), key
            if not applied:
                assert now == self.before[key]
            elif applied[-1].repair.undoes is not None:
                assert without_ids(now) == without_ids(self.before[key])
            else:
                _assert_repaired(now, self.before[key], applied[-1])

    def all_repaired(self) -> None:
        """Assert that of every target the last thing applied is a repair."""
        for key in self.rows:
            assert self._applied(key)[-1].repair.undoes is None

    def _applied(self, key: tuple[Target, int]) -> Sequence[Entry]:
        return [
            entry
            for entry in self.entries
            if entry.repair.key == key and entry.outcome is Outcome.APPLIED
        ]


def _assert_repaired(now: Rows, before: Rows, entry: Entry) -> None:
    signed = f"repair {entry.repair.repair_id}"
    assert entry.after in {now, None}
    if isinstance(now, AnalysisRows):
        assert _said(now.statuses) == ["ERROR"]
        assert signed in (now.result or "")
        return
    assert isinstance(before, TimelineRows)
    partly = any(_said(source.statuses) == ["ready"] for source in before.data_sources)
    assert _said(now.statuses) == ["ready" if partly else "fail"]
    for source, former in zip(now.data_sources, before.data_sources, strict=True):
        if _said(former.statuses) == ["ready"]:
            assert source == former
        else:
            assert _said(source.statuses) == ["fail"]
            assert signed in (source.error_message or "")
    assert now.index is not None
    assert before.index is not None
    if before.index.shared_with:
        assert now.index == before.index
    else:
        assert _said(now.index.statuses) == ["fail"]


def _said(statuses: Sequence[StatusRow]) -> list[str]:
    return [row.status for row in statuses]
