"""The settings of the history of events, declared once as all others (groups.py)."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from exporter.settings.durations import seconds
from exporter.settings.values import Duration, Group, Switch


class Events(Group):
    """What is kept of tasks, workers and verdicts, to tell what happened to a timeline."""

    keep: Switch = Field(
        default=True,
        description="Whether serve keeps a history: in a file beside the journal "
        "(journal-history.db beside journal.db), or in tables of its own in the journal's "
        "PostgreSQL.",
    )
    retention: Duration = Field(
        seconds("30d"), description="How long it is kept; what is older is removed."
    )
    max_rows: PositiveInt = Field(
        2_000_000,
        description="Most events of tasks that are kept, and most verdicts; the oldest are removed "
        "first.",
    )
    enable_task_events: Switch = Field(
        default=False,
        description="Whether workers are asked to send events of their tasks, which Timesketch's "
        "own do not: each time one appears, and until it ends.",
    )
