"""What actions need of the service, and what goes wrong with them as an answer."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol, TypeVar

from exporter.errors import (
    ExporterError,
    NoScanError,
    PlanSpentError,
    UndoRefusedError,
    UnknownPlanError,
    UnknownRepairError,
    UnknownRequestError,
)
from exporter.web.acting.plans import Plans
from exporter.web.acting.refusals import Refusals
from exporter.web.csrf import CsrfTokens
from exporter.web.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from exporter.repair.engine import Engine
    from exporter.repair.guarding import Mode, Standing
    from exporter.repair.journal import Journal
    from exporter.snapshot import Judgement

T = TypeVar("T")

SCAN_WITHIN = 30.0
"""How long (seconds) to wait for a fresh scan."""

_STATUSES = {
    UnknownPlanError: HTTPStatus.NOT_FOUND,
    UnknownRepairError: HTTPStatus.NOT_FOUND,
    UnknownRequestError: HTTPStatus.NOT_FOUND,
    PlanSpentError: HTTPStatus.CONFLICT,
    UndoRefusedError: HTTPStatus.CONFLICT,
}


_NO_FAULTS = (UnknownRepairError, UnknownRequestError, UndoRefusedError)


class Workshop(Protocol):
    """Everything that repairs."""

    @property
    def engine(self) -> Engine:
        """The one engine of the process."""

    @property
    def journal(self) -> Journal:
        """The journal that it writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What actions need. `workshop` opens the journal and raises JournalError where it is away.

    `fresh` makes a scan and returns its judgement, or None after so many seconds without one.
    `mode` is what repairs may do, `standing` how the guards stand by the journal. `acted` is called
    after each action, so that pages show it at once. `external_url` is where people reach us.
    """

    workshop: Callable[[], AbstractContextManager[Workshop]]
    fresh: Callable[[float], Judgement | None]
    mode: Mode
    standing: Callable[[Journal], Standing]
    acted: Callable[[], None] = lambda: None
    external_url: str | None = None
    clock: Callable[[], float] = time.time
    plans: Plans = field(default_factory=Plans)
    csrf: CsrfTokens = field(default_factory=CsrfTokens)
    refusals: Refusals = field(default_factory=Refusals)

    def judgement(self) -> Judgement:
        """What a scan of now says; raises NoScanError."""
        judgement = self.fresh(SCAN_WITHIN)
        if judgement is None:
            raise NoScanError(f"no scan was made within {SCAN_WITHIN:g} s: ask again")
        return judgement

    def ask(self, question: Callable[[Workshop], T]) -> T:
        """What the workshop answers; raises Refused."""
        with answered():
            with self.workshop() as workshop:
                try:
                    return question(workshop)
                except _NO_FAULTS as error:
                    # Within: for whoever else has it open, the journal is none that fails.
                    known = error
            raise known


@contextmanager
def answered() -> Iterator[None]:
    """Turn what an operator can act on into an answer; raises Refused."""
    try:
        yield
    except ExporterError as error:
        status = _STATUSES.get(type(error), HTTPStatus.SERVICE_UNAVAILABLE)
        raise Refused(status, "; ".join(str(error).splitlines())) from error
