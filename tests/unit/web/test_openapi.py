"""The application keeps what openapi.json promises, whatever is sent to it."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from exporter.metrics.collector import JudgementCollector, registry
from exporter.metrics.published import Limits, Published
from exporter.repair.journal import open_journal
from exporter.web.app import create_app
from exporter.web.webhook.entrance import Entrance
from exporter.web.webhook.storing import Webhook
from exporter.web.webhook.tokens import TokenFile
from tests.judgements import judgement

with warnings.catch_warnings():
    # It looks for what newer versions of its own dependencies have renamed.
    warnings.simplefilter("ignore", DeprecationWarning)
    import schemathesis
    from schemathesis.core.result import Ok

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from exporter.repair.journal.inbox import Inbox

TOKEN = {"Authorization": "Bearer s3cret"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The whole application, with a real journal behind the webhook."""
    directory = tmp_path_factory.mktemp("state")
    token = directory / "token"
    token.write_text("s3cret")
    journal = open_journal(f"sqlite:///{directory / 'journal.db'}", instance="host", version="1")

    @contextmanager
    def inbox() -> Iterator[Inbox]:
        yield journal.inbox

    published = Published(judgement())
    yield create_app(
        registry=registry(JudgementCollector(lambda: published, Limits())),
        published=lambda: published,
        ready=lambda: True,
        webhook=Webhook(inbox, Entrance(TokenFile(token)), quiet=900.0, capacity=10_000),
    )
    journal.close()


def test_keeps_its_promises(app: FastAPI) -> None:
    """No request is answered in a way that the schema does not have, or with a fault."""
    tried = []
    for found in schemathesis.openapi.from_asgi("/openapi.json", app).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        tried.append(operation.label)

        @settings(max_examples=50, derandomize=True)
        @given(operation.as_strategy())
        # The case is of a type that only the library knows.
        def keep(case: Any) -> None:  # noqa: ANN401
            case.call_and_validate(headers=TOKEN)

        keep()
    assert {"POST /webhook", "GET /api/v1/requests/{request_id}", "GET /metrics"} <= {*tried}
