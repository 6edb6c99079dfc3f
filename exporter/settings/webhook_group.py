"""The settings of the webhook, declared once as all others (groups.py)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, PositiveInt

from exporter.settings.durations import seconds
from exporter.settings.values import Duration, Group, Switch


class Webhook(Group):
    """The webhook of `serve`, at /webhook: Alertmanager asks for repairs there."""

    token_file: Path | None = Field(
        None,
        description="File with the bearer token that Alertmanager sends (its credentials_file). "
        "Each line is a token that is accepted; the file is read anew for each notification.",
    )
    insecure: Switch = Field(
        default=False,
        description="Take notifications from anybody. Without this, and without a token, users or "
        "client certificates, everything that is sent is refused.",
    )
    patience: Duration = Field(
        seconds("10m"),
        description="How long a request for a repair waits for complete evidence.",
    )
    capacity: PositiveInt = Field(
        20_000, description="Most requests that may wait at once; further ones are refused for now."
    )
