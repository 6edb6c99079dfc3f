"""What happened to a timeline, as far as the history and the journal tell."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from rich.text import Text

from exporter.commands.tables import printable
from exporter.errors import ExporterError
from exporter.events.story import story
from exporter.service.keeping_history import found_history
from exporter.service.repairing import opened_journal
from exporter.web.times import utc_text
from exporter.web.views.acts import acts

if TYPE_CHECKING:
    from exporter.events.story import Story
    from exporter.settings import Settings

HEADLINE = "Its story"
_INDENT = " " * 24


def past(settings: Settings, timeline_id: int) -> Text:
    """The story of a timeline, or in a line why it cannot be told; empty if there is none."""
    try:
        told = _told(settings, timeline_id)
    except ExporterError as error:
        return Text(f"What happened before is not told: {error}")
    return lines(told) if told is not None else Text()


def lines(told: Story) -> Text:
    """A story, for reading from top to bottom."""
    text = Text()
    text.append(f"{HEADLINE}\n", "bold")
    for chapter in told.chapters:
        style = "yellow" if chapter.is_gap else ""
        text.append(f"  {utc_text(chapter.at)}  ")
        text.append(printable(chapter.text), style)
        text.append(f"  ({chapter.source})\n", "dim")
        for reason in chapter.reasons:
            text.append(f"{_INDENT}- {printable(reason)}\n", "dim")
    for remark in told.remarks:
        text.append(f"{printable(remark)}\n")
    text.rstrip()
    return text


def _told(settings: Settings, timeline_id: int) -> Story | None:
    with closing(found_history(settings)) as history:
        material = history.material(timeline_id)
    with opened_journal(settings) as journal:
        done = acts(journal.entries(timeline_id=timeline_id), names=True)
    return None if material.is_empty and not done else story(material, done)
