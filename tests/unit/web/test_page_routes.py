"""The console's pages show what is known, in every state that there is."""

from __future__ import annotations

import re
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from exporter.errors import HistoryError, JournalUnreachableError
from exporter.events.history import History
from exporter.events.intake import Batch
from exporter.events.records import Beats, Finding, Kind, Stream, TaskEvent, Watch
from exporter.repair.guarding import Decision
from exporter.repair.journal import Journal, open_journal
from exporter.repair.records import Guard, Origin, Outcome, Refusal
from exporter.repair.requests import Asked
from exporter.repair.rows import Target
from exporter.snapshot import Consumer, Source, Verdict, WorkerState
from exporter.web.console import Console
from exporter.web.views.scan_record import record_of
from tests.judgements import AT, JUDGEMENTS, analysis, judgement, timeline, worker
from tests.unit.repair.build import repair
from tests.unit.web.asking import ANNA, OPERATOR, client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from exporter.snapshot import Judgement

FULL = judgement(
    timeline(12, Verdict.ORPHANED),
    timeline(13, Verdict.RUNNING, sketch_id=2),
    analyses=(analysis(4, Verdict.WAITING, timeline_id=12),),
    workers=(worker("celery@w1", WorkerState.UP), worker("celery@w2", WorkerState.DEAD)),
)
SHOWING = (
    *("/", "/timelines", "/timelines/12", "/analyses", "/workers", "/workers/celery@w1"),
    *("/repairs", "/requests", "/scans", "/reference"),
)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A journal with a dry run, a refused repair and an open request."""
    made = open_journal(f"sqlite:///{tmp_path / 'journal.db'}", instance="host", version="1")
    asked = Origin("alert TimesketchTimelineOrphaned", "webhook", "0123456789abcdef")
    made.claim(
        replace(repair(12), repair_id="aaaa1111", name="secret-case"),
        asked,
        lambda _history: Decision(dry_run=True),
        orphan_window=600.0,
    )
    paused = Refusal(Guard.PAUSE, "paused by root (case 0815)")
    made.claim(
        replace(repair(12), repair_id="bbbb2222"),
        Origin("root@host", "cli"),
        lambda _history: Decision((paused,)),
        orphan_window=600.0,
    )
    alert = Asked("0123456789abcdef", Target.TIMELINE, 12, "f1", "TimesketchTimelineOrphaned", {})
    made.inbox.take_in([alert], quiet=900.0, capacity=10)
    yield made
    made.close()


def console_over(journal: Journal, **changes: object) -> Console:
    """A console over a journal, as somebody who signed in sees it."""

    @contextmanager
    def opened() -> Iterator[Journal]:
        yield journal

    made = Console(journal=opened, viewer_of=lambda _scope: ANNA)
    return replace(made, **changes)  # type: ignore[arg-type]  # its own fields


def away() -> Console:
    """A console whose journal cannot be opened."""

    def opened() -> AbstractContextManager[Journal]:
        raise JournalUnreachableError("the journal does not answer")

    return Console(journal=opened, viewer_of=lambda _scope: ANNA)


def test_overview_shows_what_was_found() -> None:
    """The overview has the headline, the orphan, the workers and the links."""
    page = client(FULL).get("/").text
    assert "<h1>1 timeline is orphaned</h1>" in page
    assert "not in queue celery (312 messages read)" in page
    assert "celery@w2" in page
    assert "2025-11-23T09:00:00Z" in page
    for link in ("metrics", "-/healthy", "reference", "openapi.json"):
        assert f'href="{link}"' in page


def test_names_of_cases_are_for_those_who_sign_in(journal: Journal) -> None:
    """No page that everybody can read has a timeline's name or what somebody wrote."""
    secret = re.compile("disk-12|secret-case|case 0815|(?<!type=)file-")
    paths = (*SHOWING, "/repairs/aaaa1111", "/repairs/bbbb2222", "/requests/0123456789abcdef")
    signed_in = client(FULL, console=console_over(journal))
    assert secret.search("".join(signed_in.get(path).text for path in paths))
    anybody = client(FULL, console=replace(console_over(journal), viewer_of=Console().viewer_of))
    for path in paths:
        answer = anybody.get(path)
        assert answer.status_code == 200
        assert not secret.search(answer.text), path
        assert "<strong>Read-only:</strong> nobody signs in here" in answer.text


def test_old_results_are_greyed() -> None:
    """Results of a scan long ago are marked as such and greyed, on each page that shows them."""
    asked = client(FULL, now=AT + 600, console=Console(scans=lambda: (record_of(FULL),)))
    assert "The last scan is old" in asked.get("/").text
    for path in (*SHOWING[:6], "/scans"):
        assert re.search(r'class="[^"]*\bstale\b', asked.get(path).text), path
        assert not re.search(r'class="[^"]*\bstale\b', client(FULL).get(path).text), path


def test_source_that_is_down_is_named() -> None:
    """A source that is away is shown with its error."""
    page = client(judgement(down=(Source.DATABASE,), incomplete_because=("no database",)))
    text = page.get("/").text
    assert "Timesketch&#39;s database cannot be read" in text
    assert "the database does not answer" in text
    assert "Unfinished work" not in text


def test_last_truth_is_shown_while_the_database_is_away() -> None:
    """What was last read of the database stays on the pages, greyed and dated."""
    gone = judgement(down=(Source.DATABASE,), incomplete_because=("no database",))
    asked = client(gone, console=Console(last_read=lambda: replace(FULL, at=AT - 30)))
    for path in ("/timelines", "/timelines/12", "/analyses"):
        answer = asked.get(path)
        assert answer.status_code == 200
        assert "this is what was last seen in it" in answer.text
        assert 'class="stale"' in answer.text
    assert "Timelines and analyses are those of" in asked.get("/").text


def test_before_the_first_scan_nothing_is_claimed() -> None:
    """Before the first scan each page says so."""
    assert "The first scan has not ended yet" in client(None).get("/").text
    for path in ("/timelines", "/analyses", "/workers", "/scans"):
        assert "there is nothing to show so far" in client(None).get(path).text
    assert client(None).get("/timelines/12").status_code == 404


def test_empty_tables_say_what_that_means() -> None:
    """Where there is nothing the page says so in words."""
    asked = client(judgement())
    assert "No timeline is processing" in asked.get("/timelines").text
    assert "No analysis is unfinished" in asked.get("/analyses").text
    assert "No worker is known" in asked.get("/workers").text
    filtered = client(FULL).get("/timelines?verdict=parked").text
    assert "No processing timeline is like that" in filtered
    assert "Show all 2" in filtered


def test_table_is_filtered_and_ordered_by_its_address() -> None:
    """Verdict, sketch and order of a table are in its address."""
    asked = client(FULL)
    assert 'id="timeline-12"' not in asked.get("/timelines?sketch=2").text
    assert 'id="timeline-13"' not in asked.get("/timelines?verdict=orphaned").text
    turned = asked.get("/timelines?sort=-id").text
    assert turned.index('id="timeline-13"') < turned.index('id="timeline-12"')
    assert 'aria-sort="descending"' in turned


def test_timeline_tells_its_story(journal: Journal) -> None:
    """One timeline has its verdict, data sources, analyses, repairs and a link to its sketch."""
    console = console_over(journal, timesketch_url="https://timesketch.example")
    page = client(FULL, console=console).get("/timelines/12").text
    for told in ("orphaned: nothing processes it", "task-12", "disk-12", "analysis-4", "aaaa1111"):
        assert told in page
    assert 'href="https://timesketch.example/sketch/1/"' in page


def test_repaired_timeline_still_has_its_history(journal: Journal) -> None:
    """A timeline that is no longer processing is shown as long as the journal knows it."""
    asked = client(judgement(), console=console_over(journal))
    answer = asked.get("/timelines/12")
    assert answer.status_code == 200
    assert "It is not processing" in answer.text
    assert "aaaa1111" in answer.text


def test_worker_shows_what_it_has() -> None:
    """One worker has its state and the unfinished work that was seen on it."""
    page = client(FULL).get("/workers/celery@w1").text
    assert "up: it answers" in page
    assert 'id="timeline-12"' in page


def test_worker_of_any_name_is_found_by_its_link() -> None:
    """A name with slashes, blanks, quotes and half a surrogate pair is one part of an address."""
    named = 'a/../b c?d#e%"\u202e'
    made = judgement(workers=(worker(named, WorkerState.UP), worker("\ud800", WorkerState.UP)))
    asked = client(made)
    links = re.findall(r'href="workers/([^"]+)"', asked.get("/workers").text)
    assert len(links) == 2
    assert "/" not in "".join(links)
    assert [asked.get(f"/workers/{link}").status_code for link in sorted(links)] == [404, 200]


def test_strangers_are_named() -> None:
    """Clients of the broker that look like workers are listed with the workers."""
    stranger = Consumer(7, "10.0.0.9:4711", "flower", 90.0, 60.0, blocked=False)
    page = client(replace(FULL, strangers=(stranger,))).get("/workers").text
    assert "10.0.0.9:4711" in page


def test_repair_has_its_rows_before_and_after(journal: Journal) -> None:
    """One repair tells why, by whom, and what Timesketch's rows say."""
    asked = client(FULL, console=console_over(journal))
    page = asked.get("/repairs/aaaa1111").text
    assert "dry-run: nothing was written" in page
    assert "timeline 12 status" in page
    assert 'href="../requests/0123456789abcdef"' in page
    assert "paused by root (case 0815)" in asked.get("/repairs/bbbb").text


def test_request_has_its_attempts(journal: Journal) -> None:
    """One request tells what it asks for and what became of it."""
    asked = client(FULL, console=console_over(journal))
    assert "0123456789ab" in asked.get("/requests").text
    assert "open: it waits to be worked off" in asked.get("/requests/0123456789abcdef").text


@pytest.mark.parametrize("path", ["/timelines/12", "/repairs", "/requests", "/repairs/aaaa1111"])
def test_journal_that_is_away_is_said_to_be(path: str) -> None:
    """Without the journal each page is served, and says why a part is missing."""
    answer = client(FULL, console=away()).get(path)
    assert answer.status_code == 200
    assert "the journal does not answer" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        *("/timelines/99", "/timelines/x", f"/timelines/{'9' * 40}", "/workers/nobody"),
        *("/repairs/cccc3333", "/repairs/%00", "/requests/none", "/requests/%00"),
    ],
)
def test_what_there_is_not_is_a_page_of_its_own(journal: Journal, path: str) -> None:
    """An address of something that is not known answers 404 in words, with the way back."""
    answer = client(FULL, console=console_over(journal)).get(path)
    assert answer.status_code == 404
    assert "<h1>There is no" in answer.text
    assert 'href="../"' in answer.text


def test_more_of_the_journal_is_shown_on_demand(journal: Journal) -> None:
    """A page of the journal shows the newest entries, and a link to more of them."""
    for number in range(100):
        journal.claim(
            replace(repair(5), repair_id=f"n{number:03}"),
            Origin("root@host", "cli"),
            lambda _history: Decision(dry_run=True),
            orphan_window=600.0,
        )
    asked = client(FULL, console=console_over(journal))
    assert "aaaa1111" not in asked.get("/repairs").text
    assert 'href="?limit=200"' in asked.get("/repairs").text
    assert "aaaa1111" in asked.get("/repairs?limit=200").text
    assert "aaaa1111" in asked.get("/repairs?timeline=12").text


def test_only_operators_are_offered_actions(journal: Journal) -> None:
    """Forms stand on the pages of those who may act, each with its token, and on no other's."""
    journal.finish(
        journal.claim(
            replace(repair(12), repair_id="dddd4444"),
            Origin("root@host", "cli"),
            lambda _history: Decision(),
            orphan_window=600.0,
        ).repair.repair_id,
        Outcome.APPLIED,
    )
    operator = client(FULL, console=console_over(journal, viewer_of=lambda _scope: OPERATOR))
    viewer = client(FULL, console=console_over(journal))
    for path, action in (
        ("/timelines", "plans"),
        ("/timelines/12", "../plans"),
        ("/repairs/dddd4444", "../repairs/dddd4444/undo"),
    ):
        page = operator.get(path).text
        assert f'method="post" action="{action}"' in page
        assert 'name="csrf" value="t0ken"' in page
        assert 'method="post"' not in viewer.get(path).text
    assert 'method="post"' not in operator.get("/repairs/aaaa1111").text


def test_pages_load_nothing_from_elsewhere_and_do_nothing_inline(journal: Journal) -> None:
    """No page names another server, nor holds a script or style of its own."""
    asked = client(FULL, console=console_over(journal, scans=lambda: (record_of(FULL),)))
    for path in (*SHOWING, "/repairs/aaaa1111", "/requests/0123456789abcdef"):
        text = asked.get(path).text
        assert re.findall(r"<script[^>]*>", text) == [
            f'<script src="{"../" * (path.count("/") - 1)}static/console.js" defer>'
        ]
        assert not re.search(r"<style|style=|\son[a-z]+=|https?://", text), path


@settings(max_examples=15)
@given(JUDGEMENTS)
def test_every_judgement_is_served(made: Judgement) -> None:
    """Whatever was judged, pages and metrics are served."""
    asked = client(made, console=Console(scans=lambda: (record_of(made),)))
    paths = ("/", "/timelines", "/analyses", "/workers", "/scans", "/metrics")
    assert {asked.get(path).status_code for path in paths} == {200}
    for judged in made.timelines[:1] if made.statuses is not None else ():
        assert asked.get(f"/timelines/{judged.timeline.timeline_id}").status_code == 200


def test_names_do_not_read_as_others() -> None:
    """A name whose letters would be shown in another order has a mark where that is caused."""
    made = judgement(workers=(worker("invoice-\u202egnp.exe", WorkerState.UP),))
    page = client(made).get("/workers").text
    assert "invoice-\N{REPLACEMENT CHARACTER}gnp.exe" in page
    assert "\u202e" not in page


def test_texts_from_outside_are_escaped() -> None:
    """A worker that is named like markup is shown by its name."""
    page = client(judgement(workers=(worker("<b onclick=x>", WorkerState.UP),))).get("/").text
    assert "<b onclick" not in page
    assert "&lt;b onclick=x&gt;" in page


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    """A history in which timeline 4711 was lost, and a worker's heart beats."""
    kept = History.kept(f"sqlite:///{tmp_path / 'journal.db'}")
    watched = [Watch(stream, "host", AT - 900, AT) for stream in Stream]
    gone = Finding(AT - 60, "host", "timeline", 4711, 4711, "orphaned", reasons=("<nowhere>",))
    failed = TaskEvent(
        *("t1", Kind.FAILED, "celery@w1", AT - 90, AT - 90, "no file-0815", None, 4711)
    )
    minute = int(AT // 60)
    beats = [Beats("celery@w1", each, 30, AT) for each in (minute - 4, minute - 2)]
    kept.write(Batch(events=[failed], findings=[gone], watches=watched, beats=beats))
    yield kept
    kept.close()


def test_a_finished_timeline_has_a_story(history: History, journal: Journal) -> None:
    """What happened is told where nothing is processing any more; exceptions to those signed in."""
    over = console_over(journal, history=lambda: nullcontext(history))
    page = client(FULL, console=over).get("/timelines/4711").text
    assert "Its story" in page
    assert "&lt;nowhere&gt;" in page
    assert "no file-0815" in page
    anybody = replace(over, viewer_of=Console().viewer_of)
    assert "no file-0815" not in client(FULL, console=anybody).get("/timelines/4711").text
    assert client(FULL, console=over).get("/timelines/4712").status_code == 404


def test_a_worker_has_its_availability_and_pulse(history: History, journal: Journal) -> None:
    """Minutes with a heartbeat, of those in which somebody listened; clock, load and tasks."""
    over = console_over(journal, history=lambda: nullcontext(history))
    page = client(FULL, console=over, now=AT).get("/workers/celery@w1").text
    assert "50.0 %" in page
    for text in ("0.2 s behind ours", "0.50 1.00 2.00", "Missed heartbeats"):
        assert text in page


def test_a_history_that_is_away_is_told(journal: Journal) -> None:
    """Pages do without it, and say why."""

    def opened() -> AbstractContextManager[History]:
        raise HistoryError("the history is away")

    over = console_over(journal, history=opened)
    for path in ("/timelines/12", "/workers/celery@w1"):
        answer = client(FULL, console=over).get(path)
        assert answer.status_code == 200
        assert "The history cannot be read: the history is away" in answer.text
