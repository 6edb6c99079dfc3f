"""Passes to their end, with a line of progress on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from exporter.commands.passes import passes, status_age, suspects
from exporter.commands.tables import printable
from exporter.commands.terminal import hush_log, remarks
from exporter.service.build import build_observer, rules_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.commands.passes import Judged
    from exporter.settings import Settings
    from exporter.snapshot import Judgement


def settle(settings: Settings, concerns: Callable[[Judged], bool]) -> Judgement:
    """The judgement after as many passes as the verdicts need that `concerns` picks."""
    hush_log(settings)
    console = remarks()
    observer = build_observer(settings)
    judgement: Judgement | None = None
    try:
        with console.status("Scanning") as status:
            for made in passes(
                observer.observe,
                rules_of(settings),
                interval=settings.scan.interval,
                concerns=concerns,
            ):
                judgement = made.judgement
                if made.waiting_for is not None:
                    status.update(f"Waiting for {escape(printable(made.waiting_for))}")
    finally:
        observer.close()
    if judgement is None:  # passes() makes one at least
        message = "no scan was made"
        raise RuntimeError(message)
    return judgement


def youth(judgement: Judgement, grace: float) -> str | None:
    """What to say about suspects that are too young to be judged; None if there are none."""
    ages = [status_age(judged) for judged in suspects(judgement) if status_age(judged) < grace]
    if not ages:
        return None
    subject = "1 suspect changed its status" if len(ages) == 1 else f"{len(ages)} suspects changed"
    return (
        f"{subject} less than {grace:g} s ago and may still be on the way to the queue: "
        f"scan again in {grace - min(ages):.0f} s."
    )
