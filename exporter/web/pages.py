"""The pages, rendered from templates that escape everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from exporter import __version__
from exporter.metrics.catalogue import CATALOGUE
from exporter.web.landing import landing_of
from exporter.web.times import age_text, utc_text

if TYPE_CHECKING:
    from exporter.metrics.published import Published


class Pages:
    """Renders pages; links are relative, so that a proxy may serve them under any path."""

    def __init__(self, *, telemetry_path: str, stale_after: float) -> None:
        self._stale_after = stale_after
        self._templates = Environment(
            loader=PackageLoader("exporter.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(utc=utc_text, age=age_text)
        self._templates.globals.update(
            version=__version__, telemetry_path=telemetry_path.lstrip("/")
        )

    def landing(self, published: Published, *, now: float) -> str:
        """What the last scan found."""
        landing = landing_of(published, now=now, stale_after=self._stale_after)
        return self._templates.get_template("landing.html").render(landing=landing, now=now)

    def reference(self) -> str:
        """Every metric, as docs/metrics.md has it."""
        return self._templates.get_template("reference.html").render(catalogue=CATALOGUE)
