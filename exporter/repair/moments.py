"""How moments are written where repairs are told: to analysts, operators and in the journal."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(at: float) -> str:
    """A moment (Unix seconds) as `2026-11-23 10:02:26 UTC`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
