"""`serve` with operators and viewers, and requests in their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from tests.integration.commands.serving import PATIENCE, Serving, serve
from tests.plain_http import PLAIN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.commands.repairing import Installation

OPERATORS = ("olga", "otto")
TOKENS = {name: f"{name}-0123456789abcdef" for name in (*OPERATORS, "vera")}
"""Two operators and a viewer."""


def with_tokens(installation: Installation, directory: Path) -> None:
    """Let these be known to what serves this installation."""
    path = directory / "tokens"
    path.write_text("".join(f"{name} {token}\n" for name, token in TOKENS.items()))
    installation.settings |= {
        "web.tokens-file": str(path),
        "web.operators": ",".join(OPERATORS),
        "repair.mode": "enforce",
    }


@dataclass(frozen=True)
class Api:
    """The API, asked by somebody."""

    serving: Serving
    name: str | None = "olga"

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401  httpx's
        """The answer to a request."""
        headers = {"Authorization": f"Bearer {TOKENS[self.name]}"} if self.name else {}
        headers |= options.pop("headers", {})
        url = f"{self.serving.url}/api/v1{path}"
        return httpx.request(
            method, url, headers=headers, timeout=PATIENCE, verify=PLAIN, **options
        )

    # What JSON says has no better type.
    def get(self, path: str) -> Any:  # noqa: ANN401
        """What is told."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, code: int = 200, **body: object) -> Any:  # noqa: ANN401
        """What an action is answered."""
        answer = self.ask("POST", path, json=body)
        assert answer.status_code == code, answer.text
        return answer.json()

    def plan(self, **choice: object) -> Any:  # noqa: ANN401
        """A plan of what is asked for."""
        return self.post("/plans", 201, **choice)

    def apply(self, plan: dict[str, Any], code: int = 200, confirm: str | None = None) -> Any:  # noqa: ANN401
        """What applying it is answered."""
        typed = plan["confirm"] if confirm is None else confirm
        return self.post(f"/plans/{plan['plan_id']}/apply", code, confirm=typed)


def serve_orphans(
    installation: Installation, directory: Path, *timelines: int, **settings: str
) -> Serving:
    """`serve` once it has found these orphaned."""
    changed = {name.replace("__", ".").replace("_", "-"): text for name, text in settings.items()}
    serving = serve(directory, {**installation.settings, **changed})
    viewer = Api(serving, "vera")

    def found() -> bool:
        if viewer.ask("GET", "/timelines").status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return False
        told = viewer.get("/timelines?verdict=orphaned")["timelines"]
        return {*timelines} <= {each["timeline_id"] for each in told}

    try:
        serving.wait_for(found)
    except BaseException:
        serving.process.kill()
        raise
    return serving
