"""From a posted alert to a repaired row, by the installed command, whatever comes between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.integration.commands.repairing import Installation
from tests.integration.commands.serving import Serving, serve
from tests.plain_http import PLAIN
from tests.unit.web.webhook.notifications import alert, body

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = {"Authorization": "Bearer s3cret"}
JSON = {"Content-Type": "application/json"}
OUTCOMES = "timesketch_exporter_webhook_outcomes_total"
CODES = "timesketch_exporter_webhook_requests_total"


@pytest.fixture
def installation(database_url: str, broker_url: str, tmp_path: Path) -> Installation:
    """An installation without workers, whose exporter may write and wants a token."""
    (tmp_path / "token").write_text("s3cret\n")
    made = Installation.make(database_url, broker_url, tmp_path)
    made.settings["repair.mode"] = "enforce"
    made.settings["webhook.token-file"] = str(tmp_path / "token")
    return made


def post(serving: Serving, *alerts: dict[str, Any], truncated: int = 0) -> list[str]:
    """Post alerts, as long as 503 asks for patience; the ids of the requests that they are."""
    answers: list[httpx.Response] = []

    def taken() -> bool:
        answers.append(
            httpx.post(
                f"{serving.url}/webhook",
                content=body(*alerts, truncated=truncated),
                headers=JSON | TOKEN,
                timeout=60.0,
            )
        )
        return answers[-1].status_code != httpx.codes.SERVICE_UNAVAILABLE

    serving.wait_for(taken)
    assert answers[-1].status_code == httpx.codes.ACCEPTED, answers[-1].text
    return [each["request_id"] for each in answers[-1].json()["requests"]]


# What JSON says has no better type.
def attempts(serving: Serving, request_id: str) -> list[dict[str, Any]]:
    """The attempts of a request."""
    answer = httpx.get(
        f"{serving.url}/api/v1/requests/{request_id}", headers=TOKEN, verify=PLAIN, timeout=60.0
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["attempts"]
    return found


def ended(serving: Serving, request_id: str) -> dict[str, Any]:
    """The last attempt of a request, once it has ended."""
    serving.wait_for(lambda: attempts(serving, request_id)[-1]["state"] == "ended")
    return attempts(serving, request_id)[-1]


def test_an_alert_becomes_a_repair(installation: Installation, tmp_path: Path) -> None:
    """A posted alert repairs its timeline, once, and everybody is told so."""
    orphan = installation.orphan(analyzers=("sigma",))
    serving = serve(tmp_path, installation.settings)
    with serving.process:
        (request_id,) = post(serving, alert(orphan))
        end = ended(serving, request_id)
        assert end["outcome"] == "repaired", end
        assert installation.status(orphan) == "fail"
        (entry,) = installation.journal()
        assert end["repairs"] == [entry["repair_id"]]
        assert (entry["trigger"], entry["request"]) == ("webhook", request_id)
        assert str(entry["actor"]).startswith("alert TimesketchTimelineOrphaned ")

        assert post(serving, alert(orphan)) == [request_id]
        assert len(attempts(serving, request_id)) == 1
        (analysis,) = post(serving, alert(orphan, repair="analysis", analysis_id="1"))
        assert ended(serving, analysis)["outcome"] == "repaired"
        assert set(installation.rows.analysis_statuses().values()) == {"ERROR"}
        serving.wait_for(lambda: serving.value(OUTCOMES, outcome="repaired") == 2)
        assert serving.value("timesketch_exporter_webhook_open_requests") == 0
        assert serving.value("timesketch_exporter_webhook_alerts_total", status="duplicate") == 1
        assert len(installation.journal()) == 2
        assert "event=request" in serving.log()


def test_an_undo_stands(installation: Installation, tmp_path: Path) -> None:
    """What an operator took back is not repaired at an alert's request, but by hand."""
    orphan = installation.orphan()
    by_hand = {"repair__cool_down": "1ms"}
    serving = serve(tmp_path, {**installation.settings, "repair.cool-down": "1ms"})
    with serving.process:
        (request_id,) = post(serving, alert(orphan))
        (repair_id,) = ended(serving, request_id)["repairs"]
        assert installation.run("undo", repair_id, "--yes").returncode == 0
        (again,) = post(serving, alert(orphan, starts_at="2026-11-27T01:00:00Z"))
        end = ended(serving, again)
        assert end["outcome"] == "refused"
        assert f"took repair {repair_id} back" in end["detail"]
        assert installation.status(orphan) == "processing"
        assert installation.run("repair", str(orphan), "--yes", **by_hand).returncode == 0
    assert installation.status(orphan) == "fail"


def test_what_is_not_orphaned_is_left_alone(installation: Installation, tmp_path: Path) -> None:
    """An alert that was true once, or never, changes nothing and is told to be needless."""
    healthy = installation.orphan()
    installation.rows.set_import_status(healthy, "/uploads/disk.csv", "ready")
    before = installation.contents()
    serving = serve(tmp_path, installation.settings)
    with serving.process:
        for request_id in post(serving, alert(healthy), alert(999)):
            assert ended(serving, request_id)["outcome"] == "needless"
    assert installation.contents() == before
    assert installation.journal() == []


def test_the_mode_holds_for_the_webhook(installation: Installation, tmp_path: Path) -> None:
    """In the mode dry-run a request is worked off, journalled, and writes nothing."""
    orphan = installation.orphan()
    before = installation.contents()
    serving = serve(tmp_path, {**installation.settings, "repair.mode": "dry-run"})
    with serving.process:
        (request_id,) = post(serving, alert(orphan))
        assert ended(serving, request_id)["outcome"] == "dry-run"
    assert installation.contents() == before
    assert [entry["outcome"] for entry in installation.journal()] == ["dry-run"]


def test_many_at_once_meet_the_brake(installation: Installation, tmp_path: Path) -> None:
    """Fifty orphans in one notification are refused, one by one, and nothing is written."""
    orphans = [installation.orphan(f"{number}.csv") for number in range(50)]
    before = installation.contents()
    serving = serve(tmp_path, installation.settings)
    with serving.process:
        requests = post(serving, *map(alert, orphans))
        assert len(requests) == 50
        for request_id in requests:
            end = ended(serving, request_id)
            assert end["outcome"] == "refused"
            assert "the storm brake holds" in end["detail"]
        serving.wait_for(
            lambda: serving.value("timesketch_exporter_repair_refusals_total", guard="brake") == 50
        )
        assert serving.value("timesketch_exporter_repair_brake_engaged") == 1
    assert installation.contents() == before


def test_cut_alerts_are_not_forgotten(installation: Installation, tmp_path: Path) -> None:
    """Where Alertmanager left alerts out of its notification, their timelines are repaired too."""
    named, left_out = installation.orphan("a.csv"), installation.orphan("b.csv")
    serving = serve(tmp_path, installation.settings)
    with serving.process:
        one, everything = post(serving, alert(named), truncated=1)
        assert ended(serving, everything)["outcome"] == "repaired"
        assert ended(serving, one)["outcome"] == "repaired"
        assert serving.value("timesketch_exporter_webhook_truncated_alerts_total") == 1
    assert {installation.status(each) for each in (named, left_out)} == {"fail"}
    assert len(installation.journal()) == 2


def test_a_request_outlives_its_process(installation: Installation, tmp_path: Path) -> None:
    """Answered with 202 and then killed: the next process works the request off, once."""
    orphan = installation.orphan()
    # Its status is too young to be judged, so the request waits.
    first = serve(tmp_path, {**installation.settings, "judge.grace": "1h"})
    with first.process:
        (request_id,) = post(first, alert(orphan))
        first.process.kill()
    assert installation.status(orphan) == "processing"
    second = serve(tmp_path, installation.settings)
    with second.process:
        end = ended(second, request_id)
        assert (end["attempt"], end["outcome"]) == (1, "repaired")
    assert [entry["outcome"] for entry in installation.journal()] == ["applied"]


def test_requests_wait_for_evidence(installation: Installation, tmp_path: Path) -> None:
    """While nobody can tell, a request stays open; in the end it is said to be unproven."""
    orphan = installation.orphan()
    serving = serve(
        tmp_path,
        {**installation.settings, "judge.grace": "1h", "webhook.patience": "1s"},
    )
    with serving.process:
        (request_id,) = post(serving, alert(orphan))
        end = ended(serving, request_id)
        assert (end["outcome"], end["detail"]) == ("unproven", f"timeline {orphan} is suspect")
    assert installation.journal() == []


def test_the_token_can_be_changed_at_any_time(installation: Installation, tmp_path: Path) -> None:
    """A token that was replaced holds no longer, the new one at once; refusals are counted."""
    orphan = installation.orphan()
    serving = serve(tmp_path, installation.settings)
    with serving.process:

        def code(token: str) -> int:
            headers = JSON | {"Authorization": f"Bearer {token}"}
            found = httpx.post(
                f"{serving.url}/webhook",
                content=body(alert(orphan, status="resolved")),
                headers=headers,
            )
            return found.status_code

        assert [code("s3cret"), code("n3xt")] == [202, 401]
        (tmp_path / "token").write_text("n3xt\n")
        assert [code("s3cret"), code("n3xt")] == [401, 202]
        assert serving.value(CODES, code="401") == 2
        assert serving.value(CODES, code="202") == 2
        assert "s3cret" not in serving.log()
        assert "n3xt" not in serving.log()
    assert installation.status(orphan) == "processing"


def test_a_journal_that_is_away_is_for_later(installation: Installation, tmp_path: Path) -> None:
    """Without a journal nothing is taken in, so that Alertmanager tries again, and then it is."""
    orphan = installation.orphan()
    place = tmp_path / "later"
    place.write_text("a file where a directory should be")
    journal = f"sqlite:///{place}/journal.db"
    serving = serve(tmp_path, {**installation.settings, "journal.url": journal})
    with serving.process:
        content = body(alert(orphan))
        refused = httpx.post(f"{serving.url}/webhook", content=content, headers=JSON | TOKEN)
        assert refused.status_code == 503
        assert "journal" in refused.json()["detail"]
        assert serving.value("timesketch_exporter_webhook_open_requests") is None
        place.unlink()
        (request_id,) = post(serving, alert(orphan))
        assert ended(serving, request_id)["outcome"] == "repaired"
        assert "Traceback" not in serving.log()


@pytest.mark.parametrize("content", [None, "", "\n \n"])
def test_a_token_file_that_cannot_serve_is_told_at_once(
    installation: Installation, tmp_path: Path, content: str | None
) -> None:
    """With a token file that is missing or empty, serve does not start, and says why."""
    file = tmp_path / "other"
    if content is not None:
        file.write_text(content)
    ran = installation.run("serve", webhook__token_file=str(file), web__listen_address=":0")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.count("\n") == 1
    assert "webhook.token-file" in ran.stderr
    assert str(file) in ran.stderr
