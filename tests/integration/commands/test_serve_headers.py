"""The headers of what `serve` answers, as Mozilla's HTTP Observatory grades them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.integration.commands.serving import NOWHERE, PATIENCE, Serving, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "0123456789abcdef"
OLGA = {"Authorization": f"Bearer {SECRET}"}
PATHS = (
    *("/", "/timelines", "/timelines/1", "/analyses", "/workers", "/repairs", "/requests"),
    *("/scans", "/reference", "/plans/none", "/none", "/metrics", "/-/healthy", "/openapi.json"),
    *("/static/exporter.css", "/static/none", "/api/v1/guards", "/api/v1/none"),
)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Return an exporter in which olga may act."""
    directory = tmp_path_factory.mktemp("serve")
    (directory / "tokens").write_text(f"olga {SECRET}\n")
    settings = NOWHERE | {
        "web.tokens-file": str(directory / "tokens"),
        "web.operators": "olga",
        "journal.url": f"sqlite:///{directory / 'journal.db'}",
    }
    made = serve(directory, settings)
    with made.process:
        yield made


def policy_of(answer: httpx.Response) -> dict[str, str]:
    """The rules of the Content-Security-Policy."""
    rules = answer.headers["content-security-policy"].split("; ")
    return {name: allowed for name, _, allowed in (rule.partition(" ") for rule in rules)}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [OLGA, {}], ids=["operator", "nobody"])
def test_every_answer_is_guarded(serving: Serving, path: str, headers: dict[str, str]) -> None:
    """Pages, refusals, files and errors alike: nothing foreign runs, frames, embeds or opens it."""
    answer = serving.get(path, **headers)
    policy = policy_of(answer)
    assert policy["default-src"] == "'none'"
    assert set(policy.values()) == {"'none'", "'self'"}
    for rule in ("frame-ancestors", "base-uri"):
        assert policy[rule] == "'none'"
    assert policy["form-action"] == "'self'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "server" not in answer.headers
    # Whoever acts proves it by what the page holds and the browser sends no third party.
    assert "set-cookie" not in answer.headers
    # For all ports of a host: the web configuration may say so, we do not by ourselves.
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize("path", ["/pause", "/resume", "/plans", "/repairs/none/undo", "/webhook"])
def test_what_forms_and_alerts_get_is_guarded_as_well(serving: Serving, path: str) -> None:
    """Answers to a POST have the same headers, and no cookie either."""
    answer = httpx.post(f"{serving.url}{path}", headers=OLGA, data={"x": "y"}, timeout=PATIENCE)
    assert answer.status_code in {403, 415}
    assert policy_of(answer)["default-src"] == "'none'"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "set-cookie" not in answer.headers


def test_pages_are_kept_by_nobody(serving: Serving) -> None:
    """Neither a page nor a refusal stays in a cache, where another reader may find it."""
    for path in ("/", "/timelines", "/none", "/repairs"):
        assert serving.get(path).headers["cache-control"] == "no-store"
    assert serving.get("/", **OLGA).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "PUT", "DELETE", "PATCH", "CONNECT", "X"])
def test_methods_that_nothing_has(serving: Serving, method: str) -> None:
    """They are refused, and nothing of the request comes back."""
    request = f"{method} / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n"
    answer = serving.raw(f"{request}X-A: secret\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"secret" not in answer
    assert SECRET.encode() not in answer
