"""Scans of the demonstration's own, so that it can show the reasons for each verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from exporter.demo.cast import SHORTENED
from exporter.judge import Memory, judge
from exporter.service.build import build_observer, rules_of
from exporter.settings import load

if TYPE_CHECKING:
    from exporter.demo.roles import Roles
    from exporter.snapshot import Judgement


class Watch:
    """Scans whenever asked, as `scan --watch` does, under the same settings as the exporter."""

    def __init__(self, roles: Roles, broker_url: str) -> None:
        addresses = {
            "database.url": roles.reader,
            "broker.url": broker_url,
            "results.url": broker_url,
        }
        settings = load({**SHORTENED, **addresses}, {})
        self._observer = build_observer(settings)
        self._rules = rules_of(settings)
        self._memory = Memory.empty()

    def scan(self) -> Judgement:
        """Make one scan and judge it by all that earlier ones have seen."""
        snapshot = self._observer.observe(self._memory.task_ids)
        judgement, self._memory = judge(snapshot, self._memory, self._rules)
        return judgement

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._observer.close()
