"""Forms of the console: what a browser posts, and what must not get through that way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bcrypt
import httpx
import pytest

from tests.integration.commands.operating import Api, serve_orphans, with_tokens
from tests.integration.commands.repairing import Installation
from tests.integration.commands.serving import PATIENCE, Serving
from tests.plain_http import PLAIN

if TYPE_CHECKING:
    from pathlib import Path

ANN, BEN = ("ann", "right"), ("ben", "right")
REFUSALS = "timesketch_exporter_console_refusals_total"


@pytest.fixture
def installation(database_url: str, broker_url: str, tmp_path: Path) -> Installation:
    """An installation with users, of whom two are operators and a third is not."""
    made = Installation.make(database_url, broker_url, tmp_path)
    with_tokens(made, tmp_path)
    hashed = bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode()
    users = ", ".join(f"{name}: {hashed}" for name in ("ann", "ben", "eve"))
    (tmp_path / "web.yml").write_text(f"basic_auth_users: {{{users}}}\n")
    made.settings |= {
        "web.config-file": str(tmp_path / "web.yml"),
        "web.operators": "ann,ben,olga",
        "web.metrics-public": "true",
    }
    return made


@dataclass(frozen=True)
class Browser:
    """A browser of somebody's, without a script."""

    serving: Serving
    user: tuple[str, str]

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return httpx.get(
            f"{self.serving.url}{path}", auth=self.user, timeout=PATIENCE, verify=PLAIN
        )

    def csrf(self) -> str:
        """The token in the forms of a page."""
        # The journal is opened a moment after the first scan.
        self.serving.wait_for(lambda: bool(self._tokens()))
        return self._tokens()[0]

    def _tokens(self) -> list[str]:
        return re.findall(r'name="csrf" value="([^"]+)"', self.get("/repairs").text)

    def post(
        self,
        path: str,
        fields: dict[str, str | list[str]],
        *,
        csrf: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Post a form, as a page of ours would unless told otherwise."""
        token = self.csrf() if csrf is None else csrf
        return httpx.post(
            f"{self.serving.url}{path}",
            auth=self.user,
            timeout=PATIENCE,
            verify=PLAIN,
            data={"csrf": token, **fields},
            headers={"Sec-Fetch-Site": "same-origin"} if headers is None else headers,
        )


def followed(browser: Browser, answer: httpx.Response) -> httpx.Response:
    """Where a form leads to."""
    assert answer.status_code == 303, answer.text
    where = answer.headers["location"]
    assert "//" not in where
    return browser.get(answer.url.join(where).path)


def test_choose_confirm_undo(installation: Installation, tmp_path: Path) -> None:
    """From the table to the plan, the result and back again, by forms alone."""
    orphan = installation.orphan('<b>"x"</b>.csv')
    serving = serve_orphans(installation, tmp_path, orphan)
    ann = Browser(serving, ANN)
    with serving.process:
        answer = ann.post("/plans", {"timelines": [str(orphan)]})
        plan = followed(ann, answer)
        where = f"/{answer.headers['location']}"
        assert plan.status_code == 200
        assert "type <code>repair 1</code>" in plan.text
        assert "processing → fail" in plan.text
        assert "go ahead" in plan.text
        assert "&lt;b&gt;&#34;x&#34;&lt;/b&gt;.csv" in plan.text
        assert "<b>" not in plan.text.replace("<b>1</b>", "")
        assert plan.headers["cache-control"] == "no-store"

        wrong = ann.post(f"{where}/apply", {"confirm": "repair"})
        assert wrong.status_code == 422
        assert "to confirm, type &#34;repair 1&#34;" in wrong.text
        assert "type <code>repair 1</code>" in wrong.text
        assert installation.status(orphan) == "processing"
        assert Browser(serving, BEN).get(where).status_code == 404

        result = followed(ann, ann.post(f"{where}/apply", {"confirm": "repair 1"}))
        assert result.url.path == where
        assert "What became of the plan" in result.text
        assert installation.status(orphan) == "fail"
        [entry] = installation.journal()
        assert (entry["actor"], entry["trigger"]) == ("ann", "console")
        again = ann.post(f"{where}/apply", {"confirm": "repair 1"})
        assert (again.status_code, "was applied already" in again.text) == (409, True)
        assert "What became of the plan" in again.text

        repair = f"/repairs/{entry['repair_id']}"
        assert f"undo {entry['repair_id']}" in ann.get(repair).text
        not_confirmed = ann.post(f"{repair}/undo", {"confirm": "undo"})
        assert not_confirmed.status_code == 422
        undone = followed(ann, ann.post(f"{repair}/undo", {"confirm": f"undo {repair[9:]}"}))
        assert f'It takes repair <a href="../repairs/{entry["repair_id"]}">' in undone.text
        assert installation.status(orphan) == "processing"


def test_pause_and_resume(installation: Installation, tmp_path: Path) -> None:
    """A pause shows on the page that follows it, and so does its end."""
    serving = serve_orphans(installation, tmp_path)
    ann = Browser(serving, ANN)
    with serving.process:
        csrf = ann.csrf()
        paused = followed(ann, ann.post("/pause", {"reason": "roll <out>"}, csrf=csrf))
        assert paused.url.path == "/"
        assert "roll &lt;out&gt;" in paused.text
        assert Api(serving).get("/guards")["paused"]["actor"] == "ann"
        resumed = followed(ann, ann.post("/resume", {}, csrf=csrf))
        assert "Pause repairs" in resumed.text
        released = followed(ann, ann.post("/resume/brake", {}, csrf=csrf))
        assert released.url.path == "/"
        assert ann.post("/pause", {"reason": " "}, csrf=csrf).status_code == 422
        nothing = ann.post("/plans", {}, csrf=csrf)
        assert (nothing.status_code, "nothing was chosen" in nothing.text) == (422, True)
        assert ann.post("/plans", {"timelines": ["1 or 1"]}, csrf=csrf).status_code == 422


def test_what_a_foreign_page_cannot_do(installation: Installation, tmp_path: Path) -> None:
    """Without the page's own token, or from another site, nothing is done, and it is counted."""
    orphan = installation.orphan()
    serving = serve_orphans(installation, tmp_path, orphan)
    ann, ben, eve = (Browser(serving, (name, "right")) for name in ("ann", "ben", "eve"))
    with serving.process:
        everything: dict[str, str | list[str]] = {"all": "true"}
        own, bens = ann.csrf(), ben.csrf()
        for csrf in ("", "x", bens, own[::-1]):
            assert ann.post("/plans", everything, csrf=csrf).status_code == 403
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
        ):
            assert ann.post("/plans", everything, csrf=own, headers=headers).status_code == 403
        assert serving.value(REFUSALS, reason="csrf") == 8
        # Through the API nothing gets in that a form could send, whoever is signed in.
        asked = '{"all":true}'
        plans, json = f"{serving.url}/api/v1/plans", {"Content-Type": "application/json"}
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            sent = httpx.post(plans, content=asked, headers={"Content-Type": kind}, auth=ANN)
            assert sent.status_code in {403, 422}, kind
        foreign = json | {"Sec-Fetch-Site": "cross-site"}
        sent = httpx.post(plans, content=asked, headers=foreign, auth=ANN)
        assert sent.status_code == 403
        assert httpx.post(plans, content=asked, headers=json, auth=ANN).status_code == 201
        assert httpx.post(f"{serving.url}/api/v1/resume", auth=ANN).status_code == 403

        assert 'name="csrf"' not in eve.get("/timelines").text
        assert "eve is not named in --web.operators" in eve.get("/timelines").text
        assert eve.post("/plans", everything, csrf=bens).status_code == 403
        assert serving.value(REFUSALS, reason="role") == 1
        assert httpx.post(f"{serving.url}/plans", data={"all": "true"}).status_code == 401
        for path in ("/plans", "/pause", "/resume", "/resume/brake"):
            assert ann.get(path).status_code in {404, 405}
        ok = ann.post("/plans", everything, csrf=own, headers={"Origin": serving.url})
        assert ok.status_code == 303
        assert installation.status(orphan) == "processing"
