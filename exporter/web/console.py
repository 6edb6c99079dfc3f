"""What the console's pages need besides what is published, and how they ask the journal for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from exporter.errors import ExporterError, UnknownRepairError, UnknownRequestError
from exporter.web.viewer import viewer_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from starlette.types import Scope

    from exporter.events.history import History
    from exporter.repair.guarding import Standing
    from exporter.repair.journal import Journal
    from exporter.snapshot import Judgement
    from exporter.web.viewer import Viewer
    from exporter.web.views.scan_record import ScanRecord

T = TypeVar("T")
U = TypeVar("U")

NO_JOURNAL = "no journal is kept here"


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What journal or history answered. Without an answer it is away, or holds no such thing."""

    answer: T | None = None
    away_because: str | None = None
    unknown_because: str | None = None

    def map(self, made_of: Callable[[T], U]) -> Told[U]:
        """The same, with what is made of the answer instead of it."""
        made = None if self.answer is None else made_of(self.answer)
        return Told(made, self.away_because, self.unknown_because)


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What the pages need.

    `last_read` is the last judgement that rests on a reading of Timesketch's database, `scans` are
    the last ones, the newest first, `standing` is how the guards stood last. `journal` opens the
    journal, and `history` the history; pages do without them where they are away. `refresh` is how
    often (seconds) a page that is looked at asks again. `viewer_of` says who asks.
    """

    last_read: Callable[[], Judgement | None] = lambda: None
    scans: Callable[[], tuple[ScanRecord, ...]] = tuple
    standing: Callable[[], Standing | None] = lambda: None
    journal: Callable[[], AbstractContextManager[Journal]] | None = None
    history: Callable[[], AbstractContextManager[History]] | None = None
    timesketch_url: str | None = None
    refresh: float = 5.0
    viewer_of: Callable[[Scope], Viewer] = viewer_of

    def ask(self, question: Callable[[Journal], T]) -> Told[T]:
        """What the journal answers; raises nothing that an operator can act on."""
        if self.journal is None:
            return Told(away_because=NO_JOURNAL)
        try:
            with self.journal() as journal:
                try:
                    return Told(question(journal))
                except (UnknownRepairError, UnknownRequestError) as error:
                    # Within: for whoever keeps it open, a journal that knows nothing of an id is
                    # none that fails.
                    return Told(unknown_because=str(error))
        except ExporterError as error:
            return Told(away_because=str(error))

    def ask_history(self, question: Callable[[History], T]) -> Told[T]:
        """What the history answers; nothing where none is kept. Raises nothing to be acted on."""
        if self.history is None:
            return Told()
        try:
            with self.history() as history:
                return Told(question(history))
        except ExporterError as error:
            return Told(away_because=str(error))
