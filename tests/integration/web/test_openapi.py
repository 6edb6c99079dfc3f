"""The application keeps what openapi.json promises, whatever is sent to it."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from exporter.events.history import History
from exporter.events.intake import Batch
from exporter.events.records import Finding
from exporter.metrics.collector import JudgementCollector, registry
from exporter.metrics.published import Limits, Published
from exporter.repair.guards import GuardRules, Mode, standing
from exporter.repair.journal import open_journal
from exporter.snapshot import Verdict
from exporter.web.access import AccessRules
from exporter.web.acting.desk import Desk
from exporter.web.app import create_app
from exporter.web.console import Console
from exporter.web.tokens_file import NamedTokens
from exporter.web.webhook.entrance import Entrance
from exporter.web.webhook.storing import Webhook
from exporter.web.webhook.tokens import TokenFile
from tests.judgements import analysis, judgement, timeline
from tests.unit.repair.engine_world import World

with warnings.catch_warnings():
    # It looks for what newer versions of its own dependencies have renamed.
    warnings.simplefilter("ignore", DeprecationWarning)
    import schemathesis
    from schemathesis.core.result import Ok

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from exporter.repair.engine import Engine
    from exporter.repair.guards import Standing
    from exporter.repair.journal import Journal
    from exporter.repair.journal.inbox import Inbox

DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"
SECRET = "s3cret-0123456789"
TOKEN = {"Authorization": f"Bearer {SECRET}"}
ACTIONS = {
    *("POST /api/v1/plans", "POST /api/v1/plans/{plan_id}/apply", "POST /api/v1/pause"),
    *("POST /api/v1/repairs/{repair_id}/undo", "POST /api/v1/resume", "POST /api/v1/resume/brake"),
}


@dataclass(frozen=True)
class Bench:
    """An engine in memory, and a journal in a file."""

    engine: Engine
    journal: Journal


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The whole application for an operator, with a real journal behind it."""
    directory = tmp_path_factory.mktemp("state")
    token = directory / "token"
    token.write_text(SECRET)
    tokens = directory / "tokens"
    tokens.write_text(f"olga {SECRET}")
    journal = open_journal(f"sqlite:///{directory / 'journal.db'}", instance="host", version="1")

    history = History.kept(f"sqlite:///{directory / 'journal.db'}")
    history.write(Batch(findings=[Finding(1.0, "host", "timeline", 5, 5, "orphaned")]))

    @contextmanager
    def inbox() -> Iterator[Inbox]:
        yield journal.inbox

    @contextmanager
    def workshop() -> Iterator[Bench]:
        yield Bench(World().engine, journal)

    def stand(journal: Journal) -> Standing:
        return standing(None, journal.history(orphan_window=600.0), GuardRules())

    made = judgement(timeline(5, Verdict.ORPHANED), timeline(6, Verdict.RUNNING))
    published = Published(replace(made, analyses=(analysis(9, Verdict.WAITING),)))
    desk = Desk(
        workshop=workshop,
        fresh=lambda _timeout: published.judgement,
        mode=Mode.ENFORCE,
        standing=stand,
    )
    yield create_app(
        registry=registry(JudgementCollector(lambda: published, Limits())),
        published=lambda: published,
        ready=lambda: True,
        access=AccessRules(frozenset({"olga"}), NamedTokens(tokens)),
        desk=desk,
        console=Console(history=lambda: nullcontext(history)),
        webhook=Webhook(inbox, Entrance(TokenFile(token)), quiet=900.0, capacity=10_000),
    )
    history.close()
    journal.close()


def test_the_document_names_every_path(app: FastAPI) -> None:
    """docs/api.md has each method and path of the API, and no other."""
    text = DOCUMENT.read_text(encoding="utf-8")
    documented = set(re.findall(r"`(GET|POST) (/[^?`]*)[^`]*`", text.partition("\n## ")[0]))
    declared = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if path.startswith("/api/v1")
    }
    assert documented == declared


def test_keeps_its_promises(app: FastAPI) -> None:
    """No request is answered in a way that the schema does not have, or with a fault."""
    tried = []
    for found in schemathesis.openapi.from_asgi(
        "/openapi.json", app, headers=TOKEN
    ).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        tried.append(operation.label)

        @settings(max_examples=30, derandomize=True)
        @given(operation.as_strategy())
        # The case is of a type that only the library knows.
        def keep(case: Any) -> None:  # noqa: ANN401
            case.call_and_validate(headers=TOKEN)

        keep()
    assert {"POST /webhook", "GET /api/v1/requests/{request_id}", "GET /metrics"} <= {*tried}
    assert {*tried} >= ACTIONS
