"""The whole API, under its version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.web.api.acting_routes import acting_routes
from exporter.web.api.reading_routes import reading_routes

if TYPE_CHECKING:
    from fastapi import FastAPI

    from exporter.web.api.reading_routes import Known

VERSION = "/api/v1"


def add_api(app: FastAPI, known: Known) -> None:
    """Add what it tells and what can be done through it."""
    app.include_router(reading_routes(known), prefix=VERSION)
    app.include_router(acting_routes(known.desk), prefix=VERSION)
