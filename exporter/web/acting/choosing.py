"""What somebody asks to be repaired, as the one choice that it has to be. Pure."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from exporter.repair.choice import Choice
from exporter.web.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable


def chosen(
    timelines: Iterable[int], *, sketch: int | None = None, everything: bool = False
) -> Choice:
    """The choice that was made; raises Refused for none or several."""
    named = tuple(dict.fromkeys(timelines))
    made = [bool(named), sketch is not None, everything].count(True)
    if made == 0:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "nothing was chosen to be repaired")
    if made > 1:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "choose timelines, or a sketch, or all")
    return Choice(named, sketch)
