"""`repair --action requeue` by the installed command: what is sent, refused and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.commands.requeueing import Requeueing, requeueing
from tests.integration.observe.workers.real_workers import imports, start_worker, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def lost(database_url: str, broker_url: str, tmp_path: Path) -> Iterator[Requeueing]:
    """An installation without workers."""
    with requeueing(database_url, broker_url, tmp_path) as made:
        yield made


def test_what_cannot_be_known_is_refused_in_a_line_each(lost: Requeueing) -> None:
    """Each timeline that cannot be requeued is told with its own reason; nothing is written."""
    refused = {
        lost.orphan("table.csv"): "header mapping and delimiter given at its upload would be",
        lost.orphan("storage.plaso"): "an event filter given at its upload would be in no table",
        lost.orphan("mapped.jsonl", '{"what": 1}\n'): "a header mapping given at its upload would",
        lost.orphan("gone.jsonl", None): "/uploads/gone is not there any more",
        lost.orphan("empty.jsonl", ""): "/uploads/empty is empty",
        lost.orphan("../secret.jsonl", None): "is not in /uploads, the folder that",
        lost.orphan("with.xlsx"): "nobody saw its task, and 'with.xlsx' tells no kind of file",
    }
    other = lost.installation.rows.add_sketch("other")
    chained = lost.orphan("chained.jsonl", sketch=other, analyzers=("domain",))
    refused[chained] = "analyses wait that may be in the chain behind its import (1)"
    indexed = lost.orphan("indexed.jsonl")
    lost.add_event(indexed)
    refused[indexed] = "1 of its events are in the search index already and would be there twice"
    before = lost.installation.contents()

    ended = lost.requeue("--all")

    assert ended.returncode == 3, ended.stderr
    told = {
        int(words[1]): " ".join(words[2:])
        for line in ended.stdout.splitlines()
        if (words := line.split())[:1] == ["timeline"] and words[1].isdigit()
    }
    assert told.keys() == refused.keys()
    for timeline, why in refused.items():
        assert why in told[timeline]
    assert lost.installation.contents() == before
    assert lost.messages() == {}
    assert lost.installation.journal() == []


def test_without_folder_or_index_nothing_is_known(lost: Requeueing) -> None:
    """Without the folder, or without OpenSearch (or with one that is away), it is refused."""
    lost.orphan("a.jsonl")
    without = {
        "repair__uploads": "mount Timesketch's folder of uploads here and give --repair.uploads",
        "opensearch__url": "give --opensearch.url",
    }
    for setting, words in without.items():
        given = {name: value for name, value in lost.settings.items() if name != setting}
        ended = lost.installation.run("repair", "--all", "--action=requeue", "--yes", **given)
        assert (ended.returncode, words in ended.stdout) == (3, True), ended.stdout + ended.stderr
    with lost.opensearch.refusing():
        away = lost.requeue("--all")
    assert away.returncode == 3, away.stderr
    assert f"{lost.settings['opensearch__url']} does not answer _refresh" in away.stdout
    assert lost.messages() == {}


def test_sent_as_an_upload_sends_it(lost: Requeueing) -> None:
    """JSON lines that speak for themselves, and what an operator vouches for, are sent anew."""
    known = lost.orphan("known.jsonl")
    plaso = lost.orphan("storage.plaso")
    table = lost.orphan("table.csv")
    lost.add_event(plaso)

    first = lost.requeue(str(known))
    second = lost.requeue("--all", "--assume-defaults", "--purge")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    sent = lost.messages()
    index = lost.index_name(known)
    assert sent[known]["args"] == [
        *("/uploads/known", "", "known.jsonl", index, "jsonl", known, None, ",")
    ]
    assert sent[table]["args"] == [
        *("/uploads/table", "", "table.csv", index, "csv", table, None, ",")
    ]
    assert sent[plaso]["args"] == [
        *("/uploads/storage", "", "storage.plaso", index, "plaso", plaso, "")
    ]
    names = {each: sent[each]["headers"]["task"].rpartition(".")[2] for each in sent}
    assert names == {known: "run_csv_jsonl", table: "run_csv_jsonl", plaso: "run_plaso"}
    assert lost.opensearch.events(plaso) == []
    for timeline in sent:
        record = lost.installation.rows.record(timeline)
        assert (record.timeline.status, record.data_source.status) == ("processing", "queueing")
    assert {entry["outcome"] for entry in lost.installation.journal()} == {"applied"}

    unheard = lost.undo(known)
    assert unheard.returncode == 1, unheard.stdout
    assert "no worker answers that could be told to drop it" in unheard.stderr
    assert known in lost.messages()


def test_taken_back_before_it_has_begun(lost: Requeueing, tmp_path: Path) -> None:
    """An undo has the workers drop a task that waits; one that has begun cannot be taken back."""
    broker = lost.installation.settings["broker.url"]
    lost.theirs = str(lost.folder)
    begun, waiting = lost.orphan("begun.jsonl"), lost.orphan("waiting.jsonl")
    former = lost.installation.rows.record(waiting)
    with (
        start_worker("w1@here", broker, tmp_path, "--concurrency=1"),
        imports(broker, tmp_path) as uploads,
    ):
        uploads.send(99)
        until(lambda: lost.messages() == {}, timeout=60)
        # A worker that has only just come may still hide anything.
        until(lambda: lost.requeue("--all").returncode == 0, timeout=60)
        until(lambda: lost.messages() == {}, timeout=60)

        taken_back = lost.undo(waiting)

        assert taken_back.returncode == 0, taken_back.stdout + taken_back.stderr
        record = lost.installation.rows.record(waiting)
        assert record.timeline.created_at == former.timeline.created_at
        assert record.data_source.created_at == former.data_source.created_at
        uploads.let_go()
        until(lambda: "is active on w1@here" in explain(lost, begun), timeout=60)
        late = lost.undo(begun)
        assert late.returncode == 1, late.stdout
        assert "has begun, it is active on w1@here: it cannot be taken back" in late.stderr
        (lost.folder / "begun").unlink()
        until(lambda: "is ORPHANED" in explain(lost, waiting), timeout=60)


def explain(lost: Requeueing, timeline: int) -> str:
    """What `explain` says."""
    return lost.installation.run("explain", str(timeline), workers__timeout="1s").stdout


WRONG = [
    (("--all", "--purge"), "--purge is for requeues: give --action requeue as well"),
    (("--all", "--assume-defaults"), "--assume-defaults is for requeues"),
    (("1", "--revoke", "--action=requeue"), "give one of them"),
]


def test_bad_input_is_one_line(lost: Requeueing) -> None:
    """What does not fit together is told in a line, and nothing is changed."""
    for arguments, words in WRONG:
        ended = lost.installation.run("repair", *arguments, "--yes", **lost.settings)
        assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
        assert words in ended.stderr
        assert ended.stderr.count("\n") == 1
    wrong = lost.installation.run("repair", "--all", repair__uploads="uploads")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1), wrong.stderr
    assert "is not a folder (write /path, or" in wrong.stderr
