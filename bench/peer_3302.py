"""The design in the article behind google/timesketch#3302: what it would call stuck. Pure.

It asks the workers once which tasks are active, and calls every timeline stuck that says
processing and that none of these tasks names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_IMPORTS = frozenset({"timesketch.lib.tasks.run_csv_jsonl", "timesketch.lib.tasks.run_plaso"})
_TIMELINE_ID = 5
"""Where an import's arguments name the timeline (timesketch/lib/tasks.py)."""


# What workers answer has no better type.
def stuck(
    processing_rows: Collection[int], active_replies: Mapping[str, Sequence[Mapping[str, Any]]]
) -> frozenset[int]:
    """Those of these timelines that no active task names.

    `active_replies` is what `inspect().active()` returns: tasks by worker, nothing if none answers.
    """
    named = {
        task["args"][_TIMELINE_ID]
        for tasks in active_replies.values()
        for task in tasks
        if task["name"] in _IMPORTS and len(task["args"]) > _TIMELINE_ID
    }
    return frozenset(processing_rows) - named
