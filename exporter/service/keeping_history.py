"""Everything that keeps the history, as settings describe it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.errors import HistoryError
from exporter.events.ears import Ears
from exporter.events.history import History
from exporter.events.intake import Intake
from exporter.events.records import Stream
from exporter.observe.arguments import is_timesketch, short
from exporter.observe.orders import order
from exporter.repair.identifiers import this_instance
from exporter.service.asking_for_events import AskingForEvents
from exporter.service.build import broker_options, task_receiver
from exporter.service.historian import Historian

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from exporter.metrics.published import HistoryFigures
    from exporter.observe.receiver import Receiver
    from exporter.observe.timesketch_tasks import Subject
    from exporter.service.workshops import Workshops
    from exporter.settings import Settings
    from exporter.snapshot import Judgement


@dataclass(frozen=True, slots=True)
class KeepingHistory:
    """The historian, the receiver of tasks' events, and what hears workers for it; or nothing."""

    historian: Historian | None = None
    tasks: Receiver | None = None
    workers: Ears | None = None

    @property
    def figures(self) -> HistoryFigures | None:
        """How it stands; None where none is kept."""
        return self.historian.figures if self.historian else None

    @property
    def reading(self) -> Callable[[], AbstractContextManager[History]] | None:
        """What opens it for reading; None where none is kept."""
        return self.historian.opened if self.historian else None

    def scanned(self, judgement: Judgement) -> None:
        """Take what is new in a scan."""
        if self.historian is not None:
            self.historian.scanned(judgement)

    def start(self) -> None:
        """Begin to listen and to write."""
        for part in (self.tasks, self.historian):
            if part is not None:
                part.start()

    def stop(self, timeout: float) -> None:
        """End both, and store what was heard."""
        if self.tasks is not None:
            self.tasks.stop()
        if self.historian is not None:
            self.historian.stop(timeout)


def keeping_history(settings: Settings, workshops: Workshops) -> KeepingHistory:
    """What keeps the history, if anybody wants one."""
    if not settings.events.keep:
        return KeepingHistory()
    intake = Intake(instance=str(this_instance()), reader=_reader)

    def open_history() -> History:
        with workshops.opened():  # the journal's tables come first: they lie in no foreign database
            return History.kept(settings.journal_url)

    return KeepingHistory(
        Historian(
            open_history,
            intake,
            retention=settings.events.retention,
            max_rows=settings.events.max_rows,
            asking=_asking(settings),
        ),
        task_receiver(settings, Ears(intake, Stream.TASKS)),
        Ears(intake, Stream.WORKERS),
    )


def found_history(settings: Settings) -> History:
    """What another process keeps, to be read; raises HistoryError, also where there is none."""
    if not settings.events.keep:
        raise HistoryError("no history is kept (events.keep)")
    return History.found(settings.journal_url)


def _asking(settings: Settings) -> AskingForEvents | None:
    if not settings.events.enable_task_events:
        return None
    options = broker_options(settings)
    return AskingForEvents(lambda workers: order(options, "enable_events", workers, {}))


def _reader(task_name: str, args: str, kwargs: str) -> Subject | None:
    return short(task_name, args, kwargs) if is_timesketch(task_name) else None
