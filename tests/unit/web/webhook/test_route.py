"""The webhook answers so that Alertmanager tries again what may be right, and nothing else."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import httpx
import pytest
from fastapi import FastAPI

from exporter.errors import InboxFullError, JournalUnreachableError, UnknownRequestError
from exporter.repair.requests import Asked, Conclusion, Request, RequestOutcome, TakenIn
from exporter.repair.rows import Target
from exporter.web.access import Access
from exporter.web.webhook import route as module
from exporter.web.webhook.body import MOST_BYTES
from exporter.web.webhook.entrance import Entrance
from exporter.web.webhook.payload import MOST_ALERTS
from exporter.web.webhook.route import add_webhook
from exporter.web.webhook.storing import Webhook
from exporter.web.webhook.tokens import TokenFile
from tests.timesketch.patience import until
from tests.unit.web.webhook.notifications import alert, body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from exporter.repair.journal.inbox import Inbox

JSON = {"Content-Type": "application/json"}
TOKEN = {"Authorization": "Bearer s3cret"}
ASKED = Asked("abc", Target.TIMELINE, 4, "f00d", "Orphaned", {"timeline_id": "4"})


@dataclass
class Box:
    """An inbox in memory; `away` is raised instead of an answer, `known` are duplicates."""

    away: Exception | None = None
    known: set[str] = field(default_factory=set)
    stored: list[Asked] = field(default_factory=list)
    woken: int = 0
    hold: threading.Event | None = None

    @contextmanager
    def open(self) -> Iterator[Inbox]:
        """Hand it out."""
        if self.away is not None:
            raise self.away
        yield cast("Inbox", self)

    def take_in(self, asked: Sequence[Asked], *, quiet: float, capacity: int) -> TakenIn:
        """Store what is new."""
        assert (quiet, capacity) == (900.0, 100)
        if self.hold is not None:
            self.hold.wait(10)
        new = [each for each in asked if each.request_id not in self.known]
        self.stored += new
        self.known |= {each.request_id for each in new}
        old = [each.request_id for each in asked if each not in new]
        return TakenIn(tuple(each.request_id for each in new), tuple(old))

    def attempts(self, request_id: str) -> tuple[Request, ...]:
        """Two attempts of one request."""
        if request_id != "abc":
            raise UnknownRequestError(f"the journal holds no request {request_id}")
        ended = Conclusion(RequestOutcome.REFUSED, "spent", ("r1",))
        first = Request(1, ASKED, 1, 1_795_000_000.0, "host", ended, 1_795_000_001.5)
        return first, Request(2, ASKED, 2, 1_795_001_000.0, "host")

    def wake(self) -> None:
        """Count it."""
        self.woken += 1


@dataclass
class Hook:
    """A webhook over a box, asked without a server between."""

    box: Box = field(default_factory=Box)
    entrance: Entrance = field(default_factory=lambda: Entrance(insecure=True))
    draining: bool = False
    users: dict[str, bytes] = field(default_factory=dict)
    webhook: Webhook = field(init=False)

    def __post_init__(self) -> None:
        """Make it."""
        self.webhook = Webhook(
            inbox=self.box.open,
            entrance=self.entrance,
            quiet=900.0,
            capacity=100,
            draining=lambda: self.draining,
            stored=self.box.wake,
        )

    def ask(
        self, method: str, path: str, content: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        """One request."""
        app = FastAPI()
        app.add_middleware(Access, users=lambda: self.users)
        add_webhook(app, self.webhook)

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, content=content, headers=headers)

        return asyncio.run(ask())

    def post(self, content: bytes, **headers: str) -> httpx.Response:
        """Post a body."""
        return self.ask("POST", "/webhook", content, JSON | headers)

    def counted(self) -> dict[str, int]:
        """How often it answered with which status."""
        return dict(self.webhook.tally.figures().codes)


@pytest.fixture
def guarded(tmp_path: Path) -> Hook:
    """A webhook that wants a token."""
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    return Hook(entrance=Entrance(tokens=TokenFile(file)))


def test_an_alert_is_stored_and_answered(caplog: pytest.LogCaptureFixture) -> None:
    """A firing alert with the label is stored, its request named, and somebody woken for it."""
    caplog.set_level(logging.INFO, logger="exporter.web.webhook")
    hook = Hook()
    answer = hook.post(body(alert(4), alert(5, status="resolved"), alert(repair=None), alert("x")))
    assert answer.status_code == 202
    (asked,) = hook.box.stored
    assert answer.json() == {
        "requests": [
            {
                "request_id": asked.request_id,
                "target": "timeline",
                "target_id": 4,
                "state": "accepted",
            }
        ],
        "resolved": 1,
        "unmarked": 1,
        "invalid": ["label timeline_id='x' is not an id"],
    }
    assert hook.box.woken == 1
    figures = hook.webhook.tally.figures()
    assert figures.codes == {"202": 1}
    assert {name: count for name, count in figures.alerts.items() if count} == {
        "accepted": 1,
        "resolved": 1,
        "unmarked": 1,
        "invalid": 1,
    }
    assert [record.message for record in caplog.records] == ["alerts that name nothing", "webhook"]


def test_a_duplicate_has_the_same_id_and_starts_nothing() -> None:
    """What comes again is answered with the id of the first, and wakes nobody."""
    hook = Hook()
    first = hook.post(body(alert(4))).json()["requests"][0]
    again = hook.post(body(alert(4))).json()["requests"][0]
    assert again == {**first, "state": "duplicate"}
    assert (len(hook.box.stored), hook.box.woken) == (1, 1)
    assert hook.webhook.tally.figures().alerts["duplicate"] == 1


def test_cut_alerts_are_counted() -> None:
    """Alerts that were left out show in a counter."""
    hook = Hook()
    assert hook.post(body(alert(4), truncated=98)).status_code == 202
    assert hook.webhook.tally.figures().truncated == 98
    assert [each.target_id for each in hook.box.stored] == [4, None]


def test_resolved_starts_nothing() -> None:
    """A notification of what is over is taken in, and that is all."""
    hook = Hook()
    assert hook.post(body(alert(4, status="resolved"), status="resolved")).status_code == 202
    assert (hook.box.stored, hook.box.woken) == ([], 0)


@pytest.mark.parametrize(
    ("content", "headers", "code"),
    [
        (b"{}", {}, 400),
        (b"\xff", {}, 400),
        (body(alert(4)), {"Content-Type": "text/plain"}, 415),
        (body(alert(4)), {"Content-Encoding": "gzip"}, 415),
        (b" " * (MOST_BYTES + 1), {}, 413),
        (body(*[{"labels": {}}] * 3), {}, 400),
    ],
)
def test_what_can_never_be_right(content: bytes, headers: dict[str, str], code: int) -> None:
    """A body that is no notification is refused for good, in one line, and counted."""
    hook = Hook()
    answer = hook.post(content, **headers)
    assert answer.status_code == code
    assert "\n" not in answer.json()["detail"]
    assert hook.counted() == {str(code): 1}
    assert hook.box.stored == []


def test_too_many_alerts(monkeypatch: pytest.MonkeyPatch) -> None:
    """More alerts than are taken at once are refused with the setting that makes them fewer."""
    assert MOST_ALERTS == 10_000
    monkeypatch.setattr("exporter.web.webhook.storing.MOST_ALERTS", 2)
    answer = Hook().post(body(alert(1), alert(2), alert(3)))
    assert answer.status_code == 413
    assert "set max_alerts" in answer.json()["detail"]


@pytest.mark.parametrize(
    "away", [JournalUnreachableError("the journal does not answer"), InboxFullError("full")]
)
def test_what_may_be_right_later(away: Exception) -> None:
    """Without a journal, or without room in it, Alertmanager is to try again."""
    hook = Hook(Box(away=away))
    answer = hook.post(body(alert(4)))
    assert (answer.status_code, answer.json()) == (503, {"detail": str(away)})
    assert hook.counted() == {"503": 1}
    assert hook.webhook.tally.figures().alerts == {}


def test_a_silent_journal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Alertmanager gives up it is told to try again; what was stored late is a duplicate."""
    monkeypatch.setattr(module, "ANSWER_WITHIN", 0.05)
    hook = Hook(Box(hold=threading.Event()))
    assert hook.post(body(alert(4))).status_code == 503
    assert hook.box.hold is not None
    hook.box.hold.set()
    until(lambda: hook.box.woken == 1, "it is stored")
    monkeypatch.setattr(module, "ANSWER_WITHIN", 8.0)
    assert hook.post(body(alert(4))).status_code == 202
    assert len(hook.box.stored) == 1


def test_while_draining_nothing_is_taken_in() -> None:
    """A process that is about to end leaves it to the next one."""
    hook = Hook(draining=True)
    assert hook.post(body(alert(4))).status_code == 503
    assert hook.box.stored == []


def test_nobody_is_let_in_unless_somebody_says_who() -> None:
    """Without token, users or certificates everything is refused, with what to do about it."""
    hook = Hook(entrance=Entrance())
    answer = hook.post(body(alert(4)), **TOKEN)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="timesketch-exporter"'
    assert "--webhook.token-file" in answer.json()["detail"]
    assert hook.box.stored == []


def test_the_token_lets_in(guarded: Hook) -> None:
    """With the token it is stored; without, or with another, it is refused, unread and counted."""
    assert guarded.post(body(alert(4)), **TOKEN).status_code == 202
    assert guarded.post(b"never read", Authorization="Bearer other").status_code == 401
    assert guarded.post(b"never read").status_code == 401
    assert guarded.counted() == {"202": 1, "401": 2}
    assert guarded.webhook.tally.figures().alerts["accepted"] == 1
    assert len(guarded.box.stored) == 1


def test_tokens_that_cannot_be_read_are_for_later(
    guarded: Hook, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While the token file is away nobody is let in, and Alertmanager is to try again."""
    (tmp_path / "token").unlink()
    answer = guarded.post(body(alert(4)), **TOKEN)
    assert (answer.status_code, answer.json()) == (
        503,
        {"detail": "the tokens cannot be read now"},
    )
    assert "webhook tokens unreadable" in caplog.messages
    guarded.users["alice"] = b"her hash"
    assert guarded.ask("GET", "/api/v1/requests/abc", b"", TOKEN).status_code == 503


def test_what_became_of_a_request(guarded: Hook) -> None:
    """Whoever may post may ask what became of it: each attempt, and how it ended."""
    answer = guarded.ask("GET", "/api/v1/requests/abc", b"", TOKEN)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["state"], told["target"], told["target_id"]) == ("open", "timeline", 4)
    assert told["attempts"] == [
        {
            "attempt": 1,
            "received_at": "2026-11-18T11:06:40.000Z",
            "state": "ended",
            "ended_at": "2026-11-18T11:06:41.500Z",
            "outcome": "refused",
            "detail": "spent",
            "repairs": ["r1"],
        },
        {
            "attempt": 2,
            "received_at": "2026-11-18T11:23:20.000Z",
            "state": "open",
            "ended_at": None,
            "outcome": None,
            "detail": "",
            "repairs": [],
        },
    ]


def test_viewers_are_told_as_well(guarded: Hook) -> None:
    """While nobody has to sign in everybody may look, with the webhook's token or without."""
    assert guarded.ask("GET", "/api/v1/requests/abc", b"", {}).status_code == 200


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [("/abc", {}, 401), ("/123", TOKEN, 404), (f"/{'1' * 65}", TOKEN, 422)],
)
def test_no_such_request(guarded: Hook, path: str, headers: dict[str, str], code: int) -> None:
    """Where people must sign in nobody else is told anything; nothing is told of what was not."""
    guarded.users["alice"] = b"her hash"
    answer = guarded.ask("GET", f"/api/v1/requests{path}", b"", headers)
    assert answer.status_code == code
    assert guarded.counted() == {}
