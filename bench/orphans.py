"""Which timelines are orphaned, as Prometheus learns it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ORPHAN = re.compile(
    r'timesketch_orphaned_timeline_since_timestamp_seconds{.*timeline_id="(?P<timeline>\d+)"'
)


def orphans_in(series: Iterable[str]) -> set[int]:
    """Return the ids of the timelines that have such a series."""
    return {int(found["timeline"]) for each in series if (found := _ORPHAN.match(each))}
