"""A requeuer for engines whose tests are about other repairs: it knows neither file nor index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.requeue.requeuer import Requeuer
from exporter.repair.requeue.spot import Spot

if TYPE_CHECKING:
    from exporter.repair.changes import Requeue
    from exporter.repair.reading import RowsReader


def without_requeues(rows: RowsReader) -> Requeuer:
    """A requeuer that can send nothing."""
    return Requeuer(
        files=rows,
        index=None,
        folder=None,
        send=_never,
        revoke=_never,
        spot=lambda _: Spot(None, begun=False, doubt="", heard=0),
    )


def _never(what: Requeue | str) -> None:
    raise AssertionError(what)
