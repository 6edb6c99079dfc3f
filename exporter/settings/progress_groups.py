"""The settings of imports' progress and of the time that tasks may take (groups.py)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from exporter.settings.durations import seconds
from exporter.settings.values import Address, Duration, Group, Switch


class OpenSearch(Group):
    """Timesketch's OpenSearch, where the progress of imports shows (docs/progress.md)."""

    url: Address | None = Field(
        None,
        description="URL of OpenSearch: https://user:password@host:9200; several nodes of a "
        "cluster are joined by `;`. Watching needs the extra opensearch; where that is installed, "
        "the address is taken from timesketch.config as well. Requeues ask the first node.",
    )
    url_file: Path | None = Field(
        None, description="File whose first line is that URL, which keeps the password out of ps."
    )
    watch: Switch = Field(
        default=True, description="Whether the progress of imports is watched where it can be."
    )
    interval: Duration = Field(
        seconds("15s"), description="Least time between two searches that count events."
    )
    timeout: Duration = Field(
        seconds("5s"), description="How long a connection or a search may take."
    )
    verify_certs: Switch = Field(
        default=True, description="Whether the server's certificate must be a known one."
    )
    ca_file: Path | None = Field(
        None, description="File of certificates (PEM) that the server's may be signed with."
    )


class Limits(Group):
    """How long a task may be active, by its name; over it, it is stalled (docs/progress.md)."""

    run_plaso: Duration | None = Field(None, description="Imports of Plaso files.")
    run_csv_jsonl: Duration | None = Field(None, description="Imports of CSV and JSONL files.")
    run_sketch_analyzer: Duration | None = Field(
        None, description="Analyzers; these are called stalled, never ended."
    )
    enforce: Switch = Field(
        default=False,
        description="Whether serve has imports over their limit terminated and then repaired, "
        "under all guards of repairs. Needs repair.mode=enforce to write.",
    )

    @property
    def by_task(self) -> dict[str, float]:
        """The limits that are set (seconds), by the names of Timesketch's tasks."""
        limits = {
            "run_plaso": self.run_plaso,
            "run_csv_jsonl": self.run_csv_jsonl,
            "run_sketch_analyzer": self.run_sketch_analyzer,
        }
        return {name: limit for name, limit in limits.items() if limit is not None}
