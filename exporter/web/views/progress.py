"""How far an import has come, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.web.times import age_text

if TYPE_CHECKING:
    from exporter.snapshot import Progress


def progress_text(progress: Progress | None) -> str | None:
    """`1,200 of 5,000 events (24 %), 40 a second, about 1 min left`; None where none is known."""
    if progress is None:
        return None
    parts = [_events(progress)]
    if progress.rate is not None:
        parts.append("none new lately" if not progress.rate else f"{_rate(progress.rate)} a second")
    if progress.remaining is not None:
        parts.append(f"about {age_text(progress.remaining)} left")
    return ", ".join(parts)


def _events(progress: Progress) -> str:
    if not progress.expected:
        return f"{progress.events:,} event{'' if progress.events == 1 else 's'}"
    share = min(100, 100 * progress.events // progress.expected)
    return f"{progress.events:,} of {progress.expected:,} events ({share} %)"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 1 else f"{rate:.2g}"
