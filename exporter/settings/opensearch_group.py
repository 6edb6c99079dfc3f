"""The settings of OpenSearch, declared once as all others (groups.py)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from exporter.settings.durations import seconds
from exporter.settings.values import Address, Duration, Group


class Opensearch(Group):
    """Timesketch's OpenSearch, which holds the events."""

    url: Address | None = Field(
        None,
        description="URL of OpenSearch: http://host:9200 or https://user:password@host:9200. "
        "Requeues ask it for a timeline's events, and delete them where --purge says so.",
    )
    url_file: Path | None = Field(
        None, description="File whose first line is that URL, which keeps the password out of ps."
    )
    timeout: Duration = Field(
        seconds("10s"), description="How long to wait for an answer of OpenSearch."
    )
