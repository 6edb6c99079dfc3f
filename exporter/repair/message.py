"""What an analyst reads in Timesketch beside what was repaired.

Timesketch never clears a data source's error message (facts.md, The database), so that each text
is dated, told in the past, and says what a status that was set later means: it stays true whatever
happens afterwards. An undo puts the former text back.
"""

from __future__ import annotations

import json

from exporter.repair.moments import moment

# MariaDB's TEXT holds 65,535 bytes, and a character takes up to four of them. What is cut off is
# still in the journal.
_KEPT = 15_000
# The `utf8` of old MySQL and MariaDB databases ends before it.
_BEYOND_MYSQL_UTF8 = 0x10000


def lost_data_source(
    *,
    repair_id: str,
    found_at: float,
    status: str | None,
    since: float,
    streamed: bool,
    worker: str | None,
    earlier: str | None,
) -> str:
    """The error message of a data source whose import was lost.

    `status` is what it said, since when, and `earlier` the message that stood there; moments are
    Unix seconds.
    """
    what = "part of a stream" if streamed else "file"
    told = [
        f"On {moment(found_at)} the import of this {what} was found lost: {_NOWHERE}",
        _said(status, since, worker),
        _imported(status, streamed=streamed),
        f"It was therefore set to fail (timesketch-exporter, repair {repair_id}).",
    ]
    ours = f"{' '.join(told)}\n{_STREAM_ADVICE if streamed else _FILE_ADVICE}"
    return f"{ours}\n\nEarlier message:\n{_cut(earlier)}" if earlier else ours


def lost_analysis(
    *,
    repair_id: str,
    found_at: float,
    status: str,
    since: float,
    worker: str | None,
    earlier: str | None,
) -> str:
    """The result of an analysis that was lost: what it said, then what happened.

    A result that is a JSON object stays one; the text goes where `tsctl analyzer-status` puts its
    own, into the list `status_updates`.
    """
    ours = (
        f"On {moment(found_at)} this analysis was found lost: {_NOWHERE} "
        f"{_said(status, since, worker)} "
        f"It was therefore set to ERROR (timesketch-exporter, repair {repair_id}).\n"
        "If it still says ERROR, run the analyzer again. "
        "If it says DONE, it ended well after that moment."
    )
    if not earlier:
        return ours
    return _in_object(earlier, ours) or f"{_cut(earlier)}\n\n{ours}"


_NOWHERE = "no queue and no worker had its task any more."
_FILE_ADVICE = (
    "If it still says fail, upload the file again, best under a new timeline name, so that no "
    "event is there twice. If it says ready, its import ended well after that moment."
)
_STREAM_ADVICE = (
    "If it still says fail, send the stream again, best under a new timeline name, so that no "
    "event is there twice. If it says ready, some part of the stream was imported after that "
    "moment, which need not be this one."
)


def _said(status: str | None, since: float, worker: str | None) -> str:
    said = f"had said {status} since {moment(since)}" if status else "had no status"
    if worker is None:
        return f"It {said}; where the task was last seen is not known."
    return f"It {said}, and the task was last seen on {_plain(worker)}."


def _imported(status: str | None, *, streamed: bool) -> str:
    """What may be there of it: a task says `processing` before it writes its first event."""
    if status == "processing":
        return "Some of its events may have been imported."
    if streamed or status is None:
        return "Its events were most likely not imported."
    return "Its import had not begun."


def _in_object(earlier: str, ours: str) -> str | None:
    """The earlier result with our text in it, if it is a JSON object; else None."""
    try:
        result = json.loads(earlier)
    except ValueError:
        return None
    if not isinstance(result, dict):
        return None
    updates = result.get("status_updates", [])
    if not isinstance(updates, list):
        return None
    return json.dumps({**result, "status_updates": [*updates, ours]})


def _cut(text: str) -> str:
    return text if len(text) <= _KEPT else f"{text[:_KEPT]} (cut)"


def _plain(name: str) -> str:
    """A name from outside in characters that every database takes."""
    return "".join(
        letter if letter.isprintable() and ord(letter) < _BEYOND_MYSQL_UTF8 else "?"
        for letter in name[:200]
    )
