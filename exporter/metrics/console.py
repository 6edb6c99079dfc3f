"""The series of the console: who was refused to act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.metrics.declaration import Declaration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from exporter.metrics.declaration import Family

CONSOLE_REFUSAL_REASONS = ("role", "csrf", "confirm")

CONSOLE_REFUSALS = Declaration(
    name="timesketch_exporter_console_refusals_total",
    kind="counter",
    labels=("reason",),
    values={"reason": CONSOLE_REFUSAL_REASONS},
    help="Actions in the console, or through its API, that were refused before anything was tried. "
    "role: by somebody who is no operator; csrf: from a page that is too old, or of another site; "
    "confirm: what had to be typed was not.",
)

CONSOLE_CATALOGUE = (CONSOLE_REFUSALS,)


def render(refusals: Mapping[str, int]) -> Iterator[Family]:
    """Families of the console."""
    family = CONSOLE_REFUSALS.family()
    for reason in CONSOLE_REFUSAL_REASONS:
        family.add(refusals.get(reason, 0), reason=reason)
    yield family
