"""Long tables: what there is, filtered, ordered and counted once, and cut into pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from exporter.repair.targets import sketch_of
from exporter.web.views.query import PER_PAGE
from exporter.web.views.tones import URGENCY
from exporter.web.views.work import ORDERS, by_urgency, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.snapshot import Judgement, Verdict
    from exporter.web.views.query import Query
    from exporter.web.views.work import Judged, WorkRow

_MOST_KEPT = 16


class Pile:
    """All timelines, or all analyses, of one judgement.

    Whoever asks for the same order once more, or for another page of it, gets what was worked out
    for the one before.
    """

    def __init__(self, everything: Sequence[Judged]) -> None:
        self.everything = everything
        self._kept: dict[Query, Sequence[Judged]] = {}

    @cached_property
    def counts(self) -> Counter[Verdict]:
        """How many there are of each verdict."""
        return Counter(judged.verdict for judged in self.everything)

    def found(self, query: Query) -> Sequence[Judged]:
        """What is asked for, of all pages and in its order."""
        key = query.at(1)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept = {}
            found = self._kept[key] = self._look(key)
        return found

    def _look(self, query: Query) -> Sequence[Judged]:
        found = [
            judged
            for judged in self.everything
            if query.verdict in {None, judged.verdict} and query.sketch in {None, sketch_of(judged)}
        ]
        if query.sort not in ORDERS:
            return by_urgency(found)
        return sorted(found, key=ORDERS[query.sort], reverse=query.descending)


class Piles:
    """The piles of the judgement that pages were made from last."""

    def __init__(self) -> None:
        self._timelines = self._analyses = Pile(())

    def timelines(self, known: Judgement | None) -> Pile:
        """The judgement's timelines."""
        self._timelines = pile = _pile(self._timelines, known.timelines if known else ())
        return pile

    def analyses(self, known: Judgement | None) -> Pile:
        """The judgement's analyses."""
        self._analyses = pile = _pile(self._analyses, known.analyses if known else ())
        return pile


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a long table. `counts` are of everything that there is, by verdict."""

    rows: tuple[WorkRow, ...]
    query: Query
    found: int
    total: int
    pages: int
    counts: tuple[tuple[Verdict, int], ...]


def listing_of(pile: Pile, query: Query, *, names: bool) -> Listing:
    """The page that is asked for; the last one if it asks for one beyond."""
    found = pile.found(query)
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(query.page, pages)
    return Listing(
        rows=tuple(row_of(each, names=names) for each in found[(page - 1) * PER_PAGE :][:PER_PAGE]),
        query=query.at(page),
        found=len(found),
        total=len(pile.everything),
        pages=pages,
        counts=tuple(
            (verdict, pile.counts[verdict]) for verdict in URGENCY if pile.counts[verdict]
        ),
    )


def _pile(last: Pile, everything: Sequence[Judged]) -> Pile:
    return last if last.everything is everything else Pile(everything)
