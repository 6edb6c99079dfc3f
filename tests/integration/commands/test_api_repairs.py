"""Repairs through the API: planned, confirmed and taken back, whatever others do meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.integration.commands.operating import TOKENS, Api, serve_orphans, with_tokens
from tests.integration.commands.repairing import Installation

if TYPE_CHECKING:
    from pathlib import Path

REFUSALS = "timesketch_exporter_console_refusals_total"


@pytest.fixture
def installation(database_url: str, broker_url: str, tmp_path: Path) -> Installation:
    """An installation without workers that operators may repair."""
    made = Installation.make(database_url, broker_url, tmp_path)
    with_tokens(made, tmp_path)
    return made


def test_plan_apply_undo(installation: Installation, tmp_path: Path) -> None:
    """What was planned is written once, told as the journal has it, and taken back."""
    orphan = installation.orphan(analyzers=("sigma",))
    before = installation.contents()
    serving = serve_orphans(installation, tmp_path, orphan)
    olga = Api(serving)
    with serving.process:
        plan = olga.plan(timelines=[orphan, orphan, 999])
        assert installation.contents() == before
        timeline, analysis = plan["repairs"]
        assert (timeline["target"], timeline["target_id"], analysis["target"]) == (
            "timeline",
            orphan,
            "analysis",
        )
        assert timeline["name"] == "disk.csv"
        assert f"timeline {orphan}: processing → fail" in timeline["changes"]
        assert timeline["before"]["statuses"][0]["status"] == "processing"
        assert timeline["decision"] == {"granted": True, "dry_run": False, "refusals": []}
        assert plan["confirm"] == "repair 2"
        [missing] = plan["not_planned"]
        assert (missing["target_id"], missing["reason"].partition(":")[0]) == (
            999,
            "it is not processing",
        )
        applied = olga.apply(plan)
        assert [entry["outcome"] for entry in applied["entries"]] == ["applied", "applied"]
        assert (applied["changed"], applied["problem"], applied["not_tried"]) == ([], None, 0)
        assert installation.status(orphan) == "fail"
        assert olga.get("/repairs")["repairs"] == installation.journal() == applied["entries"]
        assert {entry["actor"] for entry in applied["entries"]} == {"olga"}
        assert {entry["trigger"] for entry in applied["entries"]} == {"api"}

        assert "was applied already" in olga.apply(plan, 409)["detail"]
        repair_id = timeline["repair_id"]
        undo = olga.post(f"/repairs/{repair_id}/undo", confirm=f"undo {repair_id}")
        assert (undo["outcome"], undo["undoes"]) == ("applied", repair_id)
        assert installation.status(orphan) == "processing"
        again = olga.post(f"/repairs/{repair_id}/undo", 409, confirm=f"undo {repair_id}")
        assert "took it back already" in again["detail"]
        assert olga.get(f"/repairs/{repair_id[:4]}")["undone_by"] == undo["repair_id"]
        assert olga.get(f"/repairs?timeline={orphan}&limit=1")["repairs"] == [undo]


def test_two_operators_at_once(installation: Installation, tmp_path: Path) -> None:
    """Of two who confirm the same at once one repairs it, and the other is told."""
    orphan = installation.orphan()
    serving = serve_orphans(installation, tmp_path, orphan)
    with serving.process, ThreadPoolExecutor(2) as threads:
        both = [Api(serving, "olga"), Api(serving, "otto")]
        plans = [api.plan(timelines=[orphan]) for api in both]
        entries = [
            applied["entries"][0]
            for applied in threads.map(lambda api, plan: api.apply(plan), both, plans)
        ]
        outcomes = {entry["outcome"]: entry for entry in entries}
        told = outcomes.get("refused") or outcomes["unchanged"]
        assert set(outcomes) in ({"applied", "refused"}, {"applied", "unchanged"})
        assert told["detail"] or "was last repaired" in told["refusals"][0]["reason"]
        assert installation.status(orphan) == "fail"
        # And neither has the other's plan.
        assert both[1].apply(plans[0], 404)["detail"].startswith("there is no plan")


def test_the_same_plan_twice_at_once(installation: Installation, tmp_path: Path) -> None:
    """A plan that is confirmed twice at once is applied once."""
    orphan = installation.orphan()
    serving = serve_orphans(installation, tmp_path, orphan)
    olga = Api(serving)
    with serving.process, ThreadPoolExecutor(4) as threads:
        plan = olga.plan(all=True)
        path, confirmed = f"/plans/{plan['plan_id']}/apply", {"confirm": plan["confirm"]}
        answers = threads.map(lambda _: olga.ask("POST", path, json=confirmed), range(4))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        assert len(installation.journal()) == 1


def test_a_row_that_changed_in_between(installation: Installation, tmp_path: Path) -> None:
    """What is no longer as it was shown is not written, and that is told."""
    one, other = installation.orphan("one.csv"), installation.orphan("other.csv")
    serving = serve_orphans(installation, tmp_path, one, other)
    olga = Api(serving)
    with serving.process:
        plan = olga.plan(sketch=installation.sketch_id)
        installation.rows.set_import_status(one, "/uploads/one.csv", "ready")
        applied = olga.apply(plan)
        outcomes = {entry["target_id"]: entry for entry in applied["entries"]}
        assert outcomes[one]["outcome"] == "unchanged"
        assert "says ready" in outcomes[one]["detail"]
        assert outcomes[other]["outcome"] == "applied"
        assert (installation.status(one), installation.status(other)) == ("ready", "fail")


def test_who_may_not(installation: Installation, tmp_path: Path) -> None:
    """A viewer is refused and counted, nobody is asked who they are, a wrong word does nothing."""
    orphan = installation.orphan()
    before = installation.contents()
    serving = serve_orphans(installation, tmp_path, orphan, web__metrics_public="true")
    olga, vera, nobody = Api(serving), Api(serving, "vera"), Api(serving, None)
    with serving.process:
        plan = olga.plan(timelines=[orphan])
        actions = {
            "/plans": {"all": True},
            f"/plans/{plan['plan_id']}/apply": {"confirm": plan["confirm"]},
            "/repairs/abcd/undo": {"confirm": "undo abcd"},
            "/pause": {"reason": "x"},
            "/resume": {},
            "/resume/brake": {},
        }
        for path, body in actions.items():
            refused = vera.post(path, 403, **body)
            assert refused == {"detail": "read-only: vera is not named in --web.operators."}
            answer = nobody.ask("POST", path, json=body)
            assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"})
        wanted = {"detail": f'nothing was changed: to confirm, type "{plan["confirm"]}"'}
        for word in ("", "yes", "repair 2", "repair"):
            assert olga.apply(plan, 422, word) == wanted
        olga.post("/plans", 422, timelines=[orphan], all=True)
        olga.post("/plans", 422)
        olga.post("/plans/none/apply", 404, confirm="repair 1")
        olga.post("/repairs/none/undo", 404, confirm="undo none")
        assert serving.value(REFUSALS, reason="role") == len(actions)
        assert serving.value(REFUSALS, reason="confirm") == 4
        assert serving.value(REFUSALS, reason="csrf") == 0
        assert vera.get("/repairs") == {"repairs": []}
        assert installation.contents() == before
        # And the plan still stands.
        assert olga.apply(plan, confirm=" Repair  1 ")["entries"][0]["outcome"] == "applied"


def test_pause_brake_and_mode(installation: Installation, tmp_path: Path) -> None:
    """Guards hold for the API as for everybody, and its operators lift what they may."""
    orphan = installation.orphan()
    serving = serve_orphans(installation, tmp_path, orphan)
    olga, vera = Api(serving), Api(serving, "vera")
    with serving.process:
        paused = olga.post("/pause", reason="  roll\nout ")
        assert (paused["paused"]["actor"], paused["paused"]["reason"]) == ("olga", "roll out")
        assert vera.get("/guards") == paused
        scrape = serving.get("/metrics", Authorization=f"Bearer {TOKENS['vera']}")
        assert "\ntimesketch_exporter_repair_paused 1.0\n" in scrape.text
        plan = olga.plan(timelines=[orphan])
        assert plan["confirm"] == "repair 0"
        [refusal] = plan["repairs"][0]["decision"]["refusals"]
        assert refusal["guard"] == "pause"
        resumed = olga.post("/resume")
        assert resumed["paused"] is None
        # It was refused when it was shown, so nobody confirmed it.
        assert olga.apply(plan)["entries"][0]["outcome"] == "refused"
        olga.post("/pause", 422, reason=" ")
        olga.post("/pause", 422, reason="x" * 401)
        assert olga.post("/pause", reason="a\x00\x1bb")["paused"]["reason"] == "a??b"
        olga.post("/resume")
        assert installation.status(orphan) == "processing"

        more = [installation.orphan(f"{number}.csv") for number in range(3)]
        serving.wait_for(lambda: bool(vera.get("/guards")["brake_engaged"]))
        serving.wait_for(lambda: vera.get("/timelines?verdict=orphaned")["total"] == 4)
        blocked = olga.plan(timelines=more)
        assert {each["decision"]["refusals"][0]["guard"] for each in blocked["repairs"]} == {
            "brake"
        }
        assert olga.post("/resume/brake")["brake_engaged"] is False
        assert olga.plan(timelines=more)["confirm"] == "repair 3"


def test_dry_run(installation: Installation, tmp_path: Path) -> None:
    """In the mode dry-run a plan says so in what has to be typed, and nothing is written."""
    orphan = installation.orphan()
    serving = serve_orphans(installation, tmp_path, orphan, repair__mode="dry-run")
    olga = Api(serving)
    with serving.process:
        plan = olga.plan(all=True)
        assert plan["confirm"] == "dry-run 1"
        assert plan["repairs"][0]["decision"]["dry_run"]
        assert olga.apply(plan)["entries"][0]["outcome"] == "dry-run"
        assert installation.status(orphan) == "processing"
        assert olga.get("/guards")["mode"] == "dry-run"
