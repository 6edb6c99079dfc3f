"""Watches Timesketch and the exporter, and remembers through which states each timeline went."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from exporter.demo.board import Board, Change, Row
from exporter.demo.cast import EVERYTHING, Upload

if TYPE_CHECKING:
    from exporter.demo.attached import Exporter, Published
    from exporter.demo.stage import Stage
    from exporter.demo.watch import Watch
    from exporter.snapshot import JudgedTimeline, Judgement

_ENDS = ("ready", "fail")
# Whoever tells a story leaves the names of tasks out; each timeline has but one here.
_TASK = re.compile(r"\btask [0-9a-f-]{36}( \([\w.]+\))?")


class Witness:
    """`seen` holds the states of every upload in order, each once in a row.

    `judgement` is the latest scan, with reasons; `published` the latest scrape of the exporter.
    """

    judgement: Judgement
    published: Published

    def __init__(self, stage: Stage, watch: Watch, exporter: Exporter) -> None:
        self._stage = stage
        self._watch = watch
        self._exporter = exporter
        self.seen: dict[Upload, list[str]] = {upload: [] for upload in EVERYTHING}

    def look(self) -> tuple[Board, list[Change]]:
        """Look once at everything; return what there is and what changed since the last look."""
        # Timesketch first: what it calls ready can then be missing from the scan, but what it
        # calls processing was so before the scan was made.
        statuses = self._stage.rows.timeline_statuses()
        self.judgement = self._watch.scan()
        self.published = self._exporter.scrape()
        judged = {each.timeline.timeline_id: each for each in self.judgement.timelines}
        rows, changes = [], []
        for upload in filter(self._stage.is_known, EVERYTHING):
            timeline_id = self._stage.timeline_id(upload)
            row = _row(upload, timeline_id, statuses[timeline_id], judged.get(timeline_id))
            rows.append(row)
            change = self._note(upload, row)
            if change is not None:
                changes.append(change)
        analyses = Counter(str(each.verdict) for each in self.judgement.analyses)
        return Board(
            rows=tuple(rows),
            workers=tuple((each.worker, str(each.state)) for each in self.judgement.workers),
            analyses=tuple(sorted(analyses.items())),
            incomplete_because=self.judgement.incomplete_because,
        ), changes

    def _note(self, upload: Upload, row: Row) -> Change | None:
        """Add the row's state to what was seen of it, if it is another than before."""
        state = row.verdict or (row.status if row.status in _ENDS else None)
        seen = self.seen[upload]
        if state is None or seen[-1:] == [state]:
            return None
        before = seen[-1] if seen else None
        seen.append(state)
        return Change(row, before, state)


def _row(upload: Upload, timeline_id: int, status: str, judged: JudgedTimeline | None) -> Row:
    reason = "" if upload.told else "left out: its sketch is archived"
    if judged is not None:
        reason = _TASK.sub("its task", "; ".join(judged.reasons))
    return Row(
        timeline_id=timeline_id,
        name=upload.name,
        sketch=upload.sketch,
        status=status,
        verdict=str(judged.verdict) if judged else None,
        worker=judged.worker if judged else None,
        reason=reason,
    )
