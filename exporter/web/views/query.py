"""What the address of a page with a long table asks for: filter, order and page."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from exporter.snapshot import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PER_PAGE = 100
"""Rows of a page."""

_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for. `sort` is a column, or empty for the order of urgency."""

    verdict: Verdict | None = None
    sketch: int | None = None
    sort: str = ""
    descending: bool = False
    page: int = 1

    def link(self, **changes: object) -> str:
        """The address, relative to its page, of the same with changes; a new order is page 1."""
        query = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]  # its own fields
        sort = f"-{query.sort}" if query.descending else query.sort
        asked = {
            "verdict": query.verdict,
            "sketch": query.sketch,
            "sort": sort,
            "page": None if query.page == 1 else query.page,
        }
        return f"?{urlencode({key: value for key, value in asked.items() if value})}"

    def at(self, page: int) -> Query:
        """The same on another page."""
        return replace(self, page=page)

    def order_link(self, column: str) -> str:
        """The address of the same in the order of a column; of the present one, turned round."""
        return self.link(sort=column, descending=self.sort == column and not self.descending)

    def order_of(self, column: str) -> str | None:
        """How the table is ordered by a column, as `aria-sort` has it."""
        if self.sort != column:
            return None
        return "descending" if self.descending else "ascending"


def query_of(parameters: Mapping[str, str], columns: Collection[str]) -> Query:
    """What an address asks for; whatever makes no sense is as if it were not there."""
    sort = parameters.get("sort", "")
    column = sort.removeprefix("-")
    known = column in columns
    verdict = parameters.get("verdict", "")
    return Query(
        verdict=Verdict(verdict) if verdict in {*Verdict} else None,
        sketch=number_of(parameters.get("sketch", "")),
        sort=column if known else "",
        descending=known and sort.startswith("-"),
        page=max(1, number_of(parameters.get("page", "")) or 1),
    )


def number_of(text: str) -> int | None:
    """An id of Timesketch's or another number; None for what is none."""
    return int(text) if _NUMBER.fullmatch(text) else None
