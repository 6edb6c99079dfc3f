"""What Grafana puts in the place of variables before it asks Prometheus."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"\$(?:{(\w+)(?::\w+)?}|(\w+))")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen at the top of a dashboard, in seconds where it is a time.

    `values` are regular expressions, as the dashboards use them: `.+` is what All stands for.
    """

    span: int = 3600
    step: int = 60
    scrape_interval: int = 10
    values: Mapping[str, str] = field(default_factory=dict)

    def put_into(self, expression: str) -> str:
        """The expression as it is sent."""
        return _VARIABLE.sub(lambda found: self._value(found[1] or found[2]), expression)

    def _value(self, name: str) -> str:
        match name:
            case "__interval":
                return f"{self.step}s"
            case "__rate_interval":
                # Four scrapes at least, so that a missed one leaves enough to tell a rate.
                return f"{max(self.step + self.scrape_interval, 4 * self.scrape_interval)}s"
            case "__range":
                return f"{self.span}s"
        return self.values.get(name, ".+")
