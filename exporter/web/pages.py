"""The pages, rendered from templates that escape everything."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from exporter import __version__
from exporter.web.times import age_text, clock_text, utc_text
from exporter.web.views.listing import Piles
from exporter.web.views.scene import Scene
from exporter.web.views.tones import MARKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request

    from exporter.metrics.published import Published
    from exporter.web.console import Console
    from exporter.web.right_of_way import RightOfWay

_SHORTEST_REFRESH = 1.0
_MOST_LETTERS = 160

# Characters that turn the order of letters round (UAX 9): a name with one reads as another.
_TURNING = dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\N{REPLACEMENT CHARACTER}"
)


class Pages:
    """Renders pages; links are relative, so that a proxy may serve them under any path."""

    def __init__(
        self,
        console: Console,
        published: Callable[[], Published],
        *,
        telemetry_path: str,
        stale_after: float,
        right_of_way: RightOfWay,
        clock: Callable[[], float],
    ) -> None:
        self.console = console
        self._published = published
        self._stale_after = stale_after
        self._right_of_way = right_of_way
        self._clock = clock
        self._piles = Piles()
        self._everywhere = {
            "telemetry_path": telemetry_path.lstrip("/"),
            "timesketch_url": console.timesketch_url,
            "refresh_ms": int(max(_SHORTEST_REFRESH, console.refresh) * 1000),
        }

    def scene(self) -> Scene:
        """What is known right now."""
        return Scene(
            self._published(),
            self._clock(),
            self._stale_after,
            self.console.last_read(),
            self._piles,
        )

    def render(
        self,
        name: str,
        request: Request,
        *,
        section: str,
        depth: int = 0,
        live: bool = True,
        status: HTTPStatus = HTTPStatus.OK,
        **context: object,
    ) -> HTMLResponse:
        """The page made from a template.

        `section` is the page's entry in the navigation, `depth` how many folders its address has,
        `live` whether it asks for news of itself while somebody looks at it.
        """
        viewer = self.console.viewer_of(request.scope)
        pieces = (
            _templates()
            .get_template(name)
            .generate(
                **context,
                **self._everywhere,
                viewer=viewer,
                section=section,
                root="../" * depth,
                live=live,
                now=self._clock(),
            )
        )
        text = "".join(self._right_of_way.given(pieces))
        # Half a surrogate pair, which a worker's name may hold, has no place in UTF-8.
        return HTMLResponse(
            text.encode("utf-8", "replace"),
            status_code=status,
            headers={"Cache-Control": "no-store"},
        )

    def not_found(self, request: Request, what: str, *, section: str, depth: int) -> HTMLResponse:
        """The page that says what there is not."""
        return self.render(
            "not_found.html",
            request,
            section=section,
            depth=depth,
            live=False,
            status=HTTPStatus.NOT_FOUND,
            what=what,
        )


@cache
def _templates() -> Environment:
    """The templates; each is compiled once, at its first use."""
    templates = Environment(
        loader=PackageLoader("exporter.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        utc=utc_text, age=age_text, clock=clock_text, segment=_segment, shorten=_shorten
    )
    templates.globals.update(version=__version__, marks=MARKS)
    return templates


def _shorten(text: str, most: int = _MOST_LETTERS) -> str:
    """The beginning of a text from outside, which may be of any length and would deceive."""
    shown = text if len(text) <= most else f"{text[:most]}…"
    return shown.translate(_TURNING)


def _segment(text: str) -> str:
    """A text from outside as one segment of an address."""
    return quote(text, safe="@", errors="replace")
