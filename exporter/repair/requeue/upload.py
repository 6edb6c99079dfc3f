"""What there is to know of a lost upload before it can be imported once more: values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.snapshot import TaskMessage


@dataclass(frozen=True, slots=True)
class FileFound:
    """A file as it lies in the folder of uploads.

    `speaks_for_itself` says that it is JSON whose first line has every field that Timesketch asks
    for: it refuses a header mapping for such a line, so none can have been given with it.
    """

    speaks_for_itself: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """A timeline's files and what is known of their import; a text in place of a fact says why not.

    `paths` are the data sources' files by id, as Timesketch's workers name them; empty for a
    stream. `files` is what was found of them. `messages` are what tasks of this timeline were sent
    with, the newest first. `events` of it are in the search index. `waiting` are the unfinished
    analyses that may be in the chain behind the import.
    """

    paths: Mapping[int, str]
    files: Mapping[int, FileFound | str]
    messages: tuple[TaskMessage, ...]
    events: int | str
    waiting: frozenset[int]


@dataclass(frozen=True, slots=True)
class Requeueing:
    """How a requeue was asked for.

    `purge`: the timeline's events may be deleted first. `assume_defaults`: somebody says that the
    upload had none of what Timesketch writes down nowhere: no header mapping, no delimiter but a
    comma, no event filter for Plaso.
    """

    purge: bool = False
    assume_defaults: bool = False
