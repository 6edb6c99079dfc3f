"""What all pages rest on: the last scan, and the last truth about Timesketch's rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exporter.web.views.listing import Piles

if TYPE_CHECKING:
    from exporter.metrics.published import Published
    from exporter.snapshot import Judgement
    from exporter.web.views.listing import Pile


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known at the moment `now`.

    `last_read` is the last judgement that rests on a reading of Timesketch's database.
    `stale_after` is the age in seconds from which the last scan's results are shown as old. `piles`
    are what the pages before had ordered.
    """

    published: Published
    now: float
    stale_after: float = 60.0
    last_read: Judgement | None = None
    piles: Piles = field(default_factory=Piles)

    @property
    def judgement(self) -> Judgement | None:
        """What the last scan says."""
        return self.published.judgement

    @property
    def known(self) -> Judgement | None:
        """The judgement whose timelines and analyses are the last truth; None: there is none."""
        judgement = self.judgement
        if judgement is not None and judgement.statuses is not None:
            return judgement
        return self.last_read

    @property
    def timelines(self) -> Pile:
        """The last truth about timelines."""
        return self.piles.timelines(self.known)

    @property
    def analyses(self) -> Pile:
        """The last truth about analyses."""
        return self.piles.analyses(self.known)

    @property
    def scan_is_old(self) -> bool:
        """Whether the last scan is too old to be trusted."""
        return self.judgement is not None and self.now - self.judgement.at > self.stale_after

    @property
    def work_is_old(self) -> bool:
        """Whether timelines and analyses are those of an earlier time."""
        return self.scan_is_old or (self.judgement is not None and self.known is not self.judgement)

    @property
    def remark(self) -> str | None:
        """Why what is shown of timelines and analyses may be wrong by now."""
        judgement = self.judgement
        if judgement is None:
            return "The first scan has not ended yet: there is nothing to show so far."
        if judgement.statuses is None and self.known is None:
            return "Timesketch's database cannot be read, and never could since the start."
        if judgement.statuses is None:
            return "Timesketch's database cannot be read: this is what was last seen in it."
        if self.scan_is_old:
            return "The last scan is old: what follows may be wrong by now."
        return None
