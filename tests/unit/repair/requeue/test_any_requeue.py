"""What holds for every requeue, however odd the upload."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from exporter.repair.requeue.upload import FileFound, Requeueing, Upload
from exporter.snapshot import Verdict
from tests.unit.repair.build import index, judged_timeline, source, timeline
from tests.unit.repair.requeue.build import ARGS, CHAIN, PATH, message, requeued

if TYPE_CHECKING:
    from exporter.repair.rows import TimelineRows

_MESSAGES = st.lists(
    st.builds(
        lambda path, timeline, chain: message(
            args=[path, *ARGS[1:5], timeline, *ARGS[6:]], chain=chain
        ),
        st.sampled_from([PATH, "/uploads/other.csv"]),
        st.sampled_from([5, 6]),
        st.sampled_from([None, "[]", CHAIN]),
    ),
    max_size=4,
)
_UPLOADS = st.builds(
    Upload,
    paths=st.sampled_from([{1: PATH}, {1: ""}, {}]),
    files=st.sampled_from([{1: FileFound()}, {1: FileFound(True)}, {1: "it is gone"}, {}]),  # noqa: FBT003
    messages=_MESSAGES.map(tuple),
    events=st.sampled_from([0, 3, "away"]),
    waiting=st.sampled_from([frozenset(), frozenset({9})]),
)
_HOW = st.builds(Requeueing, purge=st.booleans(), assume_defaults=st.booleans())
_ROWS = st.builds(
    lambda sources, name, found: timeline(
        *(replace(each, name=name) for each in sources), index=found
    ),
    st.lists(st.sampled_from(["queueing", "processing", "ready", "fail"]), max_size=2).map(
        lambda statuses: [source(number, each) for number, each in enumerate(statuses, 1)]
    ),
    st.sampled_from(["a.csv", "a.jsonl", "a.plaso", "a.odd"]),
    st.none() | st.just(index("ready")),
)


@given(_UPLOADS, _ROWS, st.sampled_from(Verdict), st.sampled_from([(), (1,)]), _HOW)
def test_whatever_is_requeued(
    known: Upload,
    rows: TimelineRows,
    verdict: Verdict,
    streamed: tuple[int, ...],
    how: Requeueing,
) -> None:
    """Only an orphan of one lost file that is there, with no event twice and no chain lost."""
    judged = judged_timeline(rows, streamed=streamed, verdict=verdict)
    made = requeued(known, rows=rows, judged=judged, how=how)
    if isinstance(made, str):
        assert made
        assert "\n" not in made
        return
    sent = made.requeue
    assert sent is not None
    args, kwargs = json.loads(sent.arguments)
    assert verdict is Verdict.ORPHANED
    assert not streamed
    (only,) = rows.data_sources
    assert only.statuses[-1].status in {"queueing", "processing"}
    assert isinstance(known.files[1], FileFound)
    assert (args[0], args[1], args[3], args[5], kwargs) == (known.paths[1], "", "abc", 5, {})
    assert known.events == 0 or how.purge
    assert sent.events == known.events
    seen = [each for each in known.messages if each.arguments == sent.arguments]
    assert any(each.chain == sent.chain for each in seen) or not known.waiting
    assert seen or how.assume_defaults or (args[4] == "jsonl" and known.files[1].speaks_for_itself)
