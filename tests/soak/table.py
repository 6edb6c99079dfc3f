"""What a run came to, as a table for a terminal. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.soak.judging import Course
    from tests.soak.soak import Happened


def table(happened: Happened, found: Sequence[Course], *, minutes: float) -> str:
    """What happened in a line, then a line for each figure."""
    return "\n".join([*_head(happened, minutes), *map(_line, found), ""])


def _head(happened: Happened, minutes: float) -> Iterator[str]:
    yield (
        f"{minutes:g} minutes: {happened.scrapes} scrapes ({happened.failed_scrapes} failed), "
        f"{happened.workers} workers came and went, {happened.uploads} uploads, "
        f"{happened.pages} pages, {happened.notifications} notifications, "
        f"{happened.cuts} cuts of the broker"
    )
    yield f"{'':22}{'middle third':>14}{'last third':>14}{'largest':>12}{'may grow by':>14}"


def _line(course: Course) -> str:
    slack = "-" if course.slack is None else f"{course.slack:g}"
    verdict = "  GREW" if course.grew else ""
    return (
        f"{course.figure:22}{course.middle:14.1f}{course.last:14.1f}{course.largest:12.1f}"
        f"{slack:>14}{verdict}"
    )
