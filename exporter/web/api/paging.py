"""Which part of a long list is asked for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from exporter.repair.targets import key_of, sketch_of
from exporter.snapshot import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from exporter.repair.targets import Judged
    from exporter.snapshot import JudgedAnalysis, JudgedTimeline

J = TypeVar("J", "JudgedTimeline", "JudgedAnalysis")

Limit = Annotated[int, Query(ge=1, le=1000)]


class Asked(BaseModel):
    """Which part of a list is wanted. `sort` is a column; with a minus the other way round."""

    model_config = ConfigDict(extra="forbid")

    verdict: Verdict | None = None
    sketch: int | None = Field(None, ge=1, le=2**53)
    sort: str = Field("id", pattern="^-?(id|sketch|since|verdict|worker)$")
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=2**53)


_ORDERS: Mapping[str, Callable[[Judged], tuple[int | float | str, ...]]] = {
    "id": lambda judged: (key_of(judged)[1],),
    "sketch": lambda judged: (sketch_of(judged), key_of(judged)[1]),
    "since": lambda judged: (judged.since, key_of(judged)[1]),
    "verdict": lambda judged: (judged.verdict, key_of(judged)[1]),
    "worker": lambda judged: (judged.worker or "", key_of(judged)[1]),
}
"""Equal ones by their ids, so that pages never overlap."""


@dataclass(frozen=True, slots=True)
class Page(Generic[J]):
    """A part of what was found, which is `total` in all."""

    total: int
    judged: Sequence[J]


def page(everything: Sequence[J], asked: Asked) -> Page[J]:
    """What is asked for, in its order."""
    found = [
        judged
        for judged in everything
        if asked.verdict in {None, judged.verdict} and asked.sketch in {None, sketch_of(judged)}
    ]
    found.sort(key=_ORDERS[asked.sort.removeprefix("-")], reverse=asked.sort.startswith("-"))
    return Page(len(found), found[asked.offset :][: asked.limit])
