"""Events in OpenSearch as evidence: growth is life, silence counts only after a while."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.judge import Memory, Rules, judge
from exporter.snapshot import (
    Indexed,
    JudgedTimeline,
    Judgement,
    Place,
    Snapshot,
    Source,
    SourceHealth,
    Verdict,
)
from tests.unit.judge.build import ANALYZER, analysis, reply, seen, snapshot, timeline

RULES = Rules(quiet_after=60.0)
W1 = "celery@w1"
PLASO = "timesketch.lib.tasks.run_plaso"
UP = SourceHealth(Source.OPENSEARCH, up=True, seconds=0.01)
DOWN = SourceHealth(Source.OPENSEARCH, up=False, seconds=5.0, error="no route to host")


def look(
    tick: float,
    events: int | None,
    *,
    age: float | None = None,
    expected: int | None = None,
    health: SourceHealth = UP,
    dead: bool = False,
) -> Snapshot:
    """A scan that counts so many events of timeline 1 (None: it counts none of it).

    Its import has been active on W1 for `age` seconds, or is nowhere; `dead` says by its result.
    """
    task = () if age is None else (seen(Place.ACTIVE, W1, name=PLASO, age=age),)
    made = snapshot(
        tick,
        timelines=[timeline(age=10_000.0)],
        replies=[reply(W1, *task)],
        results={"t1": "FAILURE"} if dead else None,
    )
    indexed = {} if events is None else {1: Indexed(events, tick, expected)}
    return replace(made, sources=(health,), indexed=None if health is DOWN else indexed)


@dataclass
class Story:
    """Scans one after another, as one exporter judges them."""

    rules: Rules = RULES
    memory: Memory = field(default_factory=Memory.empty)

    def after(self, *scans: Snapshot) -> JudgedTimeline:
        """The timeline as the last of these scans leaves it."""
        (judged,) = [self.judgement(each) for each in scans][-1].timelines
        return judged

    def judgement(self, scan: Snapshot) -> Judgement:
        """The whole judgement of one more scan."""
        judgement, self.memory = judge(scan, self.memory, self.rules)
        return judgement


def every(first: int, last: int, events: int, *, dead: bool = False) -> list[Snapshot]:
    """Scans every 15 s that find the task nowhere and always count so many events."""
    return [look(float(tick), events, dead=dead) for tick in range(first, last + 1, 15)]


def test_an_import_that_outlived_its_worker_runs() -> None:
    """Its task is dead for certain, and new events come in: running, with that reason."""
    story = Story()
    story.after(look(0, 100, age=50.0))
    assert story.after(look(15, 200, dead=True)).verdict is Verdict.SUSPECT
    judged = story.after(look(30, 300, dead=True))
    assert judged.verdict is Verdict.RUNNING
    assert (
        judged.reasons[0] == "its events in OpenSearch still grow (300 now, new ones seen 0 s ago)"
    )
    assert "the result of task t1 is FAILURE" in judged.reasons


def test_once_growth_stops_proof_counts_after_a_while() -> None:
    """No new event for `quiet_after`: then it is orphaned, and not a look before."""
    story = Story()
    story.after(look(0, 100, age=50.0), look(15, 200, dead=True), look(30, 300, dead=True))
    assert story.after(*every(45, 75, 300, dead=True)).verdict is Verdict.RUNNING
    orphaned = story.after(look(90, 300, dead=True))
    assert orphaned.verdict is Verdict.ORPHANED
    assert any("no new event of it in OpenSearch since" in each for each in orphaned.reasons)


def test_what_came_while_it_still_ran_is_no_life_after_it() -> None:
    """Events that may have come before the task vanished prove nothing, but begin the wait."""
    story = Story()
    story.after(look(0, 100, age=50.0), look(5, None, age=55.0))
    judged = story.after(look(15, 200, dead=True))
    assert judged.verdict is Verdict.SUSPECT
    assert "no new event of it in OpenSearch for 0 s" in judged.reasons[-1]
    assert story.after(*every(30, 60, 200, dead=True)).verdict is Verdict.SUSPECT
    assert story.after(look(75, 200, dead=True)).verdict is Verdict.ORPHANED


def test_absence_without_proof_needs_both_silence_and_two_scans() -> None:
    """A new exporter must have watched for `quiet_after`; the two complete scans may lie within."""
    story = Story()
    judged = story.after(*every(0, 45, 100))
    assert judged.verdict is Verdict.SUSPECT
    assert "an import that outlived its worker is ruled out after 60 s" in judged.reasons[-1]
    assert story.after(look(60, 100)).verdict is Verdict.ORPHANED


def test_two_scans_count_anew_after_growth() -> None:
    """What was seen growing is first suspect again, then orphaned `confirm_after` later."""
    story = Story()
    assert story.after(*every(0, 30, 100), look(45, 150)).verdict is Verdict.RUNNING
    assert story.after(*every(60, 90, 150)).verdict is Verdict.RUNNING
    assert story.after(look(105, 150)).verdict is Verdict.SUSPECT
    assert story.after(look(119, 150)).verdict is Verdict.SUSPECT
    assert story.after(look(120, 150)).verdict is Verdict.ORPHANED


def test_growth_lifts_even_what_was_proven() -> None:
    """An orphan whose index grows is running; no task comes back, but an import can be silent."""
    story = Story()
    assert story.after(*every(0, 60, 100)).verdict is Verdict.ORPHANED
    assert story.after(look(75, 101)).verdict is Verdict.RUNNING


def test_growth_is_seen_where_other_evidence_is_incomplete() -> None:
    """A worker is silent, so nothing could be said: new events say that it runs."""
    story = Story()
    silent = [
        replace(each, workers=replace(each.workers, receivers=2))  # type: ignore[type-var]
        for each in (look(0, 100), look(15, 100), look(30, 130))
    ]
    assert story.after(*silent[:2]).verdict is Verdict.UNKNOWN
    assert story.after(silent[2]).verdict is Verdict.RUNNING


@pytest.mark.parametrize("dead", [True, False], ids=["dead by its result", "absent"])
def test_while_opensearch_is_away_nothing_becomes_an_orphan(*, dead: bool) -> None:
    """It may outlive its worker, and nothing else could tell: unknown, the scan incomplete."""
    story = Story()
    story.after(look(0, 100, age=50.0), look(15, 100, dead=dead))
    for tick in (30, 60, 90, 120):
        judgement = story.judgement(look(tick, None, dead=dead, health=DOWN))
        assert judgement.timelines[0].verdict is Verdict.UNKNOWN
        assert judgement.incomplete_because == ("OpenSearch could not be read: no route to host",)
        assert not judgement.complete


def test_away_leaves_the_verdicts_on_what_is_seen() -> None:
    """A task that is active is running, and the scan is complete, whatever OpenSearch does."""
    judgement = Story().judgement(look(0, None, age=50.0, health=DOWN))
    assert judgement.timelines[0].verdict is Verdict.RUNNING
    assert judgement.complete


def test_what_was_proven_stays_proven_while_opensearch_is_away() -> None:
    """An orphan does not become unknown again."""
    story = Story()
    assert story.after(*every(0, 60, 100)).verdict is Verdict.ORPHANED
    assert story.after(look(75, None, health=DOWN)).verdict is Verdict.ORPHANED


def test_one_that_was_not_counted_yet_waits() -> None:
    """Of very many timelines some are counted later; until then nothing is claimed."""
    judged = Story().after(*[look(float(tick), None) for tick in range(0, 200, 15)])
    assert judged.verdict is Verdict.SUSPECT
    assert "not counted yet" in judged.reasons[-1]


def test_without_opensearch_nothing_is_waited_for() -> None:
    """Where it is not watched, two complete scans are enough."""
    assert Story(Rules()).after(look(0, None), look(15, None)).verdict is Verdict.ORPHANED


def test_an_old_reading_is_no_new_one() -> None:
    """The same count, told again by the next scan, makes no silence."""
    story = Story()
    first = look(0, 100)
    repeated = [replace(look(float(tick), 100), indexed=first.indexed) for tick in (30, 60, 90)]
    assert story.after(first, *repeated).verdict is Verdict.SUSPECT


def test_a_long_import_that_grows_is_not_stalled() -> None:
    """Over `stalled_after` it is running while new events come, and stalled once none do."""
    story = Story(replace(RULES, stalled_after=100.0))
    grown = story.after(look(0, 100, age=500.0), look(15, 120, age=515.0))
    assert grown.verdict is Verdict.RUNNING
    assert "its events in OpenSearch grow (120 now" in grown.reasons[1]
    assert story.after(look(110, 120, age=610.0)).verdict is Verdict.RUNNING
    stalled = story.after(look(116, 120, age=616.0))
    assert (stalled.verdict, stalled.overdue) == (Verdict.STALLED, False)


def test_silence_of_an_active_import_is_told() -> None:
    """Stalled for want of events says so; stalled for its age alone says that."""
    story = Story(replace(RULES, stalled_after=100.0))
    by_age = story.after(look(0, 120, age=500.0))
    assert by_age.verdict is Verdict.STALLED
    assert by_age.reasons[0].endswith("longer than 100 s")
    silent = story.after(look(100, 120, age=600.0))
    assert silent.verdict is Verdict.STALLED
    assert silent.reasons[1] == "no new event of it in OpenSearch for 100 s (120 there)"


def test_while_opensearch_is_away_age_alone_stalls() -> None:
    """As it did before OpenSearch was watched."""
    story = Story(replace(RULES, stalled_after=100.0))
    story.after(look(0, 100, age=500.0), look(15, 120, age=515.0))
    assert story.after(look(30, None, age=530.0, health=DOWN)).verdict is Verdict.STALLED


def test_a_limit_holds_however_it_grows() -> None:
    """Over the limit of its name a task is stalled and overdue, with the setting's name."""
    story = Story(replace(RULES, limits={"run_plaso": 100.0, "run_csv_jsonl": 10.0}))
    story.after(look(0, 100, age=50.0))
    within = story.after(look(50, 200, age=100.0))
    assert (within.verdict, within.overdue) == (Verdict.RUNNING, False)
    over = story.after(look(51, 300, age=101.0))
    assert (over.verdict, over.overdue) == (Verdict.STALLED, True)
    assert over.reasons[0].endswith(
        f"is active on {W1} for 101 s, longer than its limit of 100 s (limits.run-plaso)"
    )


def test_a_limit_holds_for_analyzers_as_well() -> None:
    """An analysis whose task is over the limit of its name is stalled."""
    rules = replace(RULES, limits={"run_sketch_analyzer": 10.0})
    task = seen(
        Place.ACTIVE, W1, name=ANALYZER, timeline_id=None, analysis_id=7, followers=(), age=11.0
    )
    scan = snapshot(0, analyses=[analysis(7, status="STARTED")], replies=[reply(W1, task)])
    (judged,) = Story(rules).judgement(scan).analyses
    assert judged.verdict is Verdict.STALLED
    assert "(limits.run-sketch-analyzer)" in judged.reasons[0]


def test_progress_has_a_rate_and_an_end() -> None:
    """Events, expected events, events a second over the last minutes, and what remains."""
    story = Story()
    assert story.after(look(0, 100, age=1.0)).progress is not None
    progress = story.after(look(50, 600, age=50.0, expected=1_000)).progress
    assert progress is not None
    assert (progress.events, progress.expected, progress.rate) == (600, 1_000, 10.0)
    assert progress.remaining == 40.0
    ended = story.after(look(60, 1_000, age=60.0, expected=1_000)).progress
    assert ended is not None
    assert ended.remaining is None


def test_the_rate_is_that_of_the_last_minutes() -> None:
    """What came in more than five minutes ago counts no more."""
    story = Story()
    hourly = [look(float(tick), 1_000 + tick // 100, age=1.0) for tick in range(400, 1_000, 100)]
    progress = story.after(look(0, 0, age=1.0), *hourly).progress
    assert progress is not None
    assert progress.rate == 0.01


def test_deleted_events_begin_the_rate_anew() -> None:
    """A count that falls is neither growth nor a negative rate."""
    story = Story()
    story.after(look(0, 100, age=1.0))
    fallen = story.after(look(15, 0, age=15.0)).progress
    assert fallen is not None
    assert (fallen.rate, fallen.grew_at) == (None, None)
    assert story.after(look(30, 10, age=30.0)).progress is not None


def test_what_is_finished_is_forgotten() -> None:
    """Memory grows with unfinished work only."""
    story = Story()
    story.after(look(0, 100))
    assert 1 in story.memory.growth
    story.judgement(replace(snapshot(15), sources=(UP,), indexed={}))
    assert story.memory.growth == {}


@dataclass
class Outliving:
    """An import that nobody runs any more and that indexes on, as OpenSearch shows it.

    New events come at most 20 s apart and are seen with the next refresh, at most 30 s apart.
    """

    random: Random
    ends: float
    now: float = 0.0
    written: int = 0
    shown: int = 0
    write_at: float = 0.0
    refresh_at: float = 0.0

    def until(self, moment: float) -> None:
        """What happens up to this moment."""
        while min(self.write_at, self.refresh_at) <= moment:
            self.now = min(self.write_at, self.refresh_at)
            if self.write_at <= self.refresh_at:
                self.written += self.now < self.ends
                self.write_at += self.random.uniform(0.1, 20.0)
            else:
                self.shown = self.written
                self.refresh_at += self.random.uniform(1.0, 30.0)
        self.now = moment


def outlive(seed: int, rules: Rules = RULES) -> tuple[list[str], Verdict]:
    """One random story; what was called orphaned while it lived, and the verdict at the end."""
    random = Random(seed)
    story, world = Story(rules), Outliving(random, ends=random.uniform(0.0, 900.0))
    seen_until, dead = random.uniform(0.0, 60.0), random.random() < 0.7
    counted, tick, verdict = None, 0.0, Verdict.UNKNOWN
    wrong: list[str] = []
    while tick < world.ends + 400.0:
        tick += random.choice((1.0, 5.0, 5.0, 12.0))
        world.until(tick)
        away = tick < world.ends and random.random() < 0.1
        if counted is None or (not away and tick - counted.tick >= 15.0):
            counted = Indexed(world.shown, tick)
        runs = tick < seen_until
        scan = look(tick, None, age=tick if runs else None, dead=dead and not runs)
        scan = replace(scan, sources=(DOWN,)) if away else replace(scan, indexed={1: counted})
        judged = story.after(scan)
        verdict = judged.verdict
        if verdict is Verdict.ORPHANED and tick < world.ends:
            wrong.append(f"seed {seed}, tick {tick}: {judged.reasons}")
    return wrong, verdict


@given(st.integers(min_value=0, max_value=2**32))
@settings(max_examples=40)
def test_a_living_import_is_never_called_orphaned(seed: int) -> None:
    """Whenever it is looked at and however often OpenSearch is away; once it ended, it is found."""
    assert outlive(seed) == ([], Verdict.ORPHANED)


def test_the_model_finds_the_flaw_of_less_patience() -> None:
    """A silence shorter than the steps in which events show calls living imports orphaned."""
    hasty = replace(RULES, quiet_after=10.0)
    assert any(outlive(seed, hasty)[0] for seed in range(50))
