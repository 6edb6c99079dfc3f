"""The settings of repairs and of their journal, declared once as all others (groups.py)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt

from exporter.settings.durations import seconds
from exporter.settings.values import Address, Duration, Group, Ids, Names, Share, Uploads


class Repair(Group):
    """What may be repaired: these rules hold for everybody who asks."""

    mode: Literal["off", "dry-run", "enforce"] = Field(
        "dry-run",
        description="off refuses every repair, dry-run plans and journals them without writing, "
        "enforce writes.",
    )
    database_url: Address | None = Field(
        None,
        description="SQLAlchemy URL of Timesketch's database for a user who may write what repairs "
        "write (the command grants prints its rights). Without one, repairs are written through "
        "database.url.",
    )
    database_url_file: Path | None = Field(
        None, description="File whose first line is that URL, which keeps the password out of ps."
    )
    partial: Literal["ready", "fail"] = Field(
        "ready",
        description="What a timeline becomes of which some data sources are ready and others "
        "failed: Timesketch's own rule says ready.",
    )
    budget: PositiveInt = Field(20, description="Most repairs an hour.")
    brake_share: Share = Field(
        Decimal("0.5"),
        description="The storm brake engages when more than this share of the processing timelines "
        "were found orphaned within repair.brake-window; 1 switches it off.",
    )
    brake_least: PositiveInt = Field(
        3, description="With fewer orphaned timelines than this it is no storm."
    )
    brake_window: Duration = Field(
        seconds("10m"), description="How close together the orphans of a storm are found."
    )
    brake_cool_down: Duration = Field(
        seconds("30m"), description="How long the brake holds after the storm was last seen."
    )
    cool_down: Duration = Field(
        seconds("15m"),
        description="Least time between two repairs of the same timeline or analysis.",
    )
    revoke_timeout: Duration = Field(
        seconds("60s"),
        description="How long repair --revoke waits for a terminated task to be proven gone.",
    )
    uploads: Uploads | None = Field(
        None,
        description="Timesketch's folder of uploads (its UPLOAD_FOLDER), to see whether a lost "
        "file is still there: one path, or /as/timesketch/says=/as/mounted/here.",
    )
    webhook_action: Literal["fail", "requeue"] = Field(
        "fail",
        description="What alerts have done about an orphaned timeline: set it to failed, or begin "
        "its import anew where that can be done (never with --purge, and once a file).",
    )
    protected_sketches: Ids = Field((), description="Ids of sketches in which nothing is repaired.")
    protected_labels: Names = Field(
        (), description="Labels of sketches in which nothing is repaired."
    )


class Journal(Group):
    """The journal of repairs: what was asked for, why, by whom, and what became of it."""

    url: Address | None = Field(
        None,
        description="SQLAlchemy URL of the journal: sqlite:////path/to/journal.db, or "
        "postgresql:// for several replicas. By default the file journal.db in the directory "
        "$STATE_DIRECTORY, else timesketch-exporter/journal.db in $XDG_STATE_HOME or "
        "~/.local/state.",
    )
    url_file: Path | None = Field(
        None, description="File whose first line is that URL, which keeps the password out of ps."
    )
