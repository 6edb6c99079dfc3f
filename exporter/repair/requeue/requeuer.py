"""What a requeue does beside writing rows: look, clear the index, send, and find out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from exporter.errors import (
    EventsLeftError,
    ExporterError,
    RepairUnsettledError,
    RequeueUnsentError,
    UndoRefusedError,
)
from exporter.repair.apply import Applied
from exporter.repair.records import Outcome
from exporter.repair.requeue.upload import Upload

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from exporter.repair.changes import Repair, Requeue
    from exporter.repair.requeue.spot import Spot
    from exporter.repair.requeue.upload import FileFound
    from exporter.snapshot import JudgedTimeline, Judgement, TaskMessage

_NO_INDEX = (
    "nobody can tell whether events of it are in the search index already: give --opensearch.url"
)
_NO_FOLDER = (
    "nobody can tell whether its file is still there: mount Timesketch's folder of uploads here "
    "and give --repair.uploads"
)


class Files(Protocol):
    """Reads which files timelines were uploaded as (exporter/repair/reading.py)."""

    def files(self, timeline_ids: Collection[int]) -> Mapping[int, Mapping[int, str]]:
        """The path of each data source, by timeline."""


class Index(Protocol):
    """Holds timelines' events (exporter/repair/requeue/index.py)."""

    def count(self, index_name: str, timeline_id: int) -> int:
        """How many there are of a timeline."""

    def delete(self, index_name: str, timeline_id: int) -> int:
        """Delete them; how many."""


class Folder(Protocol):
    """Holds uploaded files (exporter/repair/requeue/folder.py)."""

    def find(self, path: str) -> FileFound | str:
        """Whether a file is there, or why not."""


class Requeuer:
    """Looks at uploads, and carries out what is planned from that.

    `index` and `folder` are None where no setting names them. `send` and `revoke` reach the
    workers, and `spot` makes a scan to look for one task.
    """

    def __init__(
        self,
        *,
        files: Files,
        index: Index | None,
        folder: Folder | None,
        send: Callable[[Requeue], None],
        revoke: Callable[[str], None],
        spot: Callable[[str], Spot],
    ) -> None:
        self._files = files
        self._index = index
        self._folder = folder
        self._send = send
        self._revoke = revoke
        self._spot = spot

    def look(
        self,
        wanted: Iterable[JudgedTimeline],
        judgement: Judgement,
        messages: Mapping[int, tuple[TaskMessage, ...]],
    ) -> Mapping[int, Upload]:
        """What there is to know of the uploads of these timelines, by id.

        `messages` are what is remembered besides what the judgement tells. Raises SourceError
        where Timesketch's database cannot be read.
        """
        judged = {each.timeline.timeline_id: each for each in wanted}
        paths = self._files.files(judged)
        return {
            timeline_id: Upload(
                paths=paths.get(timeline_id, {}),
                files={
                    source_id: _NO_FOLDER if self._folder is None else self._folder.find(path)
                    for source_id, path in paths.get(timeline_id, {}).items()
                },
                messages=(*each.messages, *messages.get(timeline_id, ())),
                events=self._events(each),
                waiting=frozenset(
                    analysis.analysis.analysis_id
                    for analysis in judgement.analyses
                    if analysis.analysis.index_name == each.timeline.index_name
                ),
            )
            for timeline_id, each in judged.items()
        }

    def before_rows(self, repair: Repair) -> str:
        """While the rows are locked: clear the index of the timeline's events, or find it clear.

        For an undo, have the workers drop the task. Returns what was done, in words. Raises
        EventsLeftError, UndoRefusedError or a SourceError; then nothing may be written.
        """
        requeue = repair.requeue
        if requeue is None:
            return ""
        if repair.undoes is not None:
            self.require_not_begun(requeue)
            self._revoke(requeue.task_id)
            return f"task {requeue.task_id} was revoked"
        if self._index is None:
            raise EventsLeftError(_NO_INDEX)
        left = self._index.count(requeue.index_name, repair.target_id)
        if left > requeue.events:
            raise EventsLeftError(
                f"{left} events of it are in the search index by now, not {requeue.events}: "
                "something imports it still, so nothing was deleted and no task was sent"
            )
        if not left:
            return ""
        deleted = self._index.delete(requeue.index_name, repair.target_id)
        left = self._index.count(requeue.index_name, repair.target_id)
        if left:
            raise EventsLeftError(
                f"{deleted} events of it were deleted and {left} are there still, so no task was "
                "sent: ask again"
            )
        return f"{deleted} events were deleted first"

    def after_rows(self, repair: Repair) -> None:
        """Send the task, unless this is an undo; raises RequeueUnsentError."""
        requeue = repair.requeue
        if requeue is None or repair.undoes is not None:
            return
        try:
            self._send(requeue)
        except ExporterError as error:
            raise RequeueUnsentError(
                f"its data source says queueing, but whether task {requeue.task_id} was sent is "
                f"not known ({error}): the next scans tell"
            ) from error

    def settle(self, repair: Repair, written: Applied | None) -> Applied | None:
        """What became of a requeue whose end nobody saw; `written` is what the rows tell.

        The task is sent after the rows were committed, so one that is anywhere was sent. Raises
        RepairUnsettledError while it may be somewhere unseen.
        """
        requeue = repair.requeue
        if requeue is None or repair.undoes is not None or written is None:
            return written
        spot = self._found(requeue)
        if spot.where is not None:
            detail = f"task {requeue.task_id} was found {spot.where}"
            return Applied(Outcome.APPLIED, written.after, detail)
        if spot.doubt:
            raise RepairUnsettledError(
                f"nobody can say yet whether task {requeue.task_id} was sent: {spot.doubt}"
            )
        return Applied(
            Outcome.FAILED,
            None,
            f"its rows were written, and task {requeue.task_id} is nowhere: "
            "it was not sent, or it has gone since",
        )

    def require_not_begun(self, requeue: Requeue) -> None:
        """UndoRefusedError if the task was begun, or if no worker would hear that it is revoked."""
        spot = self._found(requeue)
        task = f"task {requeue.task_id}"
        if spot.begun:
            raise UndoRefusedError(f"{task} has begun, it is {spot.where}: it cannot be taken back")
        if spot.where is None and spot.doubt:
            raise UndoRefusedError(f"whether {task} has begun cannot be told now: {spot.doubt}")
        if spot.where is not None and not spot.heard:
            raise UndoRefusedError(
                f"{task} is {spot.where}, and no worker answers that could be told to drop it: "
                "it would run once one starts"
            )

    def _events(self, judged: JudgedTimeline) -> int | str:
        timeline = judged.timeline
        if self._index is None or timeline.index_name is None:
            return _NO_INDEX
        try:
            return self._index.count(timeline.index_name, timeline.timeline_id)
        except ExporterError as error:
            return str(error)

    def _found(self, requeue: Requeue) -> Spot:
        return self._spot(requeue.task_id)
