"""The application without a server between, and who looks at its pages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from exporter.metrics.collector import JudgementCollector, registry
from exporter.metrics.published import Limits, Published, RepairFigures
from exporter.web.app import create_app
from exporter.web.viewer import Viewer
from tests.judgements import AT

if TYPE_CHECKING:
    from fastapi import FastAPI

    from exporter.snapshot import Judgement
    from exporter.web.console import Console

ANNA = Viewer("anna", csrf="t0ken")
OPERATOR = Viewer("olga", "operator", csrf="t0ken")


@dataclass(frozen=True)
class Client:
    """Asks the application."""

    app: FastAPI

    def get(self, path: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
        """The answer to a GET request."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as asked:
                return await asked.get(path, headers=headers)

        return asyncio.run(ask())


def client(
    made: Judgement | None,
    *,
    ready: bool = True,
    now: float = AT + 3,
    path: str = "/metrics",
    console: Console | None = None,
    mode: str = "dry-run",
) -> Client:
    """A client of the application over one judgement."""
    published = Published(made, repair=RepairFigures(mode=mode))
    return Client(
        create_app(
            registry=registry(JudgementCollector(lambda: published, Limits())),
            published=lambda: published,
            ready=lambda: ready,
            telemetry_path=path,
            console=console,
            clock=lambda: now,
        )
    )
