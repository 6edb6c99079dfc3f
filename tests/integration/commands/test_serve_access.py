"""`serve` behind a proxy, and requests that mean no good, over real connections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from tests.integration.commands.serving import NOWHERE, Serving, run, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

CAROL = {"X-Forwarded-User": "carol"}
PREFIX = "/tools/exporter"
SECRET = "0123456789abcdef"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the state is."""
    return tmp_path_factory.mktemp("serve")


@pytest.fixture(scope="module")
def settings(directory: Path) -> dict[str, str]:
    """Return the settings of an exporter that believes a proxy on this machine."""
    (directory / "tokens").write_text(f"olga {SECRET}\n")
    return NOWHERE | {
        "web.trusted-header": "X-Forwarded-User",
        "web.trusted-proxies": "127.0.0.1",
        "web.tokens-file": str(directory / "tokens"),
        "web.operators": "carol",
        "web.external-url": f"https://tools.example.org{PREFIX}/",
        "web.metrics-public": "true",
        "journal.url": f"sqlite:///{directory / 'journal.db'}",
    }


@pytest.fixture(scope="module")
def behind(directory: Path, settings: dict[str, str]) -> Iterator[Serving]:
    """Return it, serving under the path of its external URL."""
    serving = serve(directory, settings, prefix=PREFIX)
    with serving.process:
        yield serving


def links(page: httpx.Response, url: str) -> set[str]:
    """Everything that a page at this address links to or loads."""
    found = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
    return {urljoin(url, link).partition("#")[0] for link in found}


def test_everything_lies_under_the_prefix(behind: Serving) -> None:
    """Pages link to pages under the prefix, and nothing answers elsewhere."""
    # The answer without a slash is for the proxy's own root.
    assert behind.get("/").headers["location"] == f"{PREFIX}/"
    for path in ("/metrics", "/-/healthy", "/webhook", "/api/v1/guards"):
        assert behind.get(path, **CAROL).status_code == 404, path
    for path in ("/", "/timelines", "/workers", "/plans/none", "/reference"):
        url = f"{behind.url}{PREFIX}{path}"
        linked = links(behind.get(f"{PREFIX}{path}", **CAROL), url)
        assert f"{behind.url}{PREFIX}/static/exporter.css" in linked
        for link in linked:
            assert link.startswith(f"{behind.url}{PREFIX}/"), (path, link)
            within = link.removeprefix(behind.url)
            if link != url and "/-/" not in within:
                # Forms lead to what takes nothing but a POST.
                assert behind.get(within, **CAROL).status_code in {200, 405}, (path, link)
    openapi = behind.get(f"{PREFIX}/openapi.json", **CAROL).json()
    assert openapi["servers"] == [{"url": PREFIX}]


def test_health_asks_under_the_prefix(behind: Serving) -> None:
    """The command finds health where it is."""
    address = {"web.listen-address": f"127.0.0.1:{behind.port}", "web.route-prefix": PREFIX}
    asked = run("health", settings=address)
    assert (asked.returncode, asked.stdout) == (0, "timesketch-exporter is healthy\n")
    assert run("health", settings=address | {"web.route-prefix": "/"}).returncode == 1


def test_a_proxy_that_takes_the_prefix_away(tmp_path: Path, settings: dict[str, str]) -> None:
    """With route-prefix / the same links lead to the right place as the browser sees it."""
    serving = serve(tmp_path, settings | {"web.route-prefix": "/"})
    with serving.process:
        seen = f"https://tools.example.org{PREFIX}/workers"
        for link in links(serving.get("/workers", **CAROL), seen):
            assert link.startswith(f"https://tools.example.org{PREFIX}/")


def test_whom_the_proxy_names(behind: Serving) -> None:
    """The header is heeded from the proxy's address; what it claims of other addresses is not."""
    signed_in = behind.get(f"{PREFIX}/", **CAROL)
    assert "carol" in signed_in.text
    assert 'name="csrf"' in signed_in.text or "journal" in signed_in.text.lower()
    assert behind.get(f"{PREFIX}/").status_code == 401
    token = {"Authorization": f"Bearer {SECRET}"}
    assert "olga is not named" in behind.get(f"{PREFIX}/", **token).text
    assert behind.get(f"{PREFIX}/metrics").status_code == 200
    # A foreign address that is claimed does not make the proxy another one.
    claimed = CAROL | {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7"}
    assert behind.get(f"{PREFIX}/", **claimed).status_code == 200


def test_a_foreign_address_is_not_believed(tmp_path: Path, settings: dict[str, str]) -> None:
    """From any other address the header is nothing, with whatever beside it."""
    foreign = {"web.trusted-proxies": "192.0.2.0/24", "web.route-prefix": "/"}
    serving = serve(tmp_path, settings | foreign)
    with serving.process:
        claimed = {"X-Forwarded-For": "192.0.2.1", "X-Real-IP": "192.0.2.1", "Via": "1.1 proxy"}
        assert serving.get("/", **CAROL, **claimed).status_code == 401
        answer = serving.get("/api/v1/guards", **CAROL)
        assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"})


@pytest.mark.parametrize(
    "path",
    [
        *("/", "//evil.example", "/tools/exporter", "/tools/exporter/static", "/tools"),
        *("/tools/exporter/timelines/", "/tools/exporter/plans/x", "/tools/exporter/openapi.json"),
        *("/tools/exporter/none", "/tools/exporter//evil.example/", "/tools/exporter/../.."),
        *("http://evil.example.net/", "http://evil.example.net/tools/exporter/timelines"),
    ],
)
def test_the_host_is_never_repeated(behind: Serving, path: str) -> None:
    """No answer names the host that a client says it asks, in its body or its headers."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: evil.example.net\r\nX-Forwarded-Host: evil.example.net\r\n"
        "X-Forwarded-User: carol\r\nConnection: close\r\n\r\n"
    )
    answer = behind.raw(request.encode())
    assert answer.startswith(b"HTTP/1.1 ")
    assert b"evil.example.net" not in answer


@pytest.mark.parametrize(
    "path",
    ["/x%0d%0aSet-Cookie:%20a=b", "/plans/%0d%0aSet-Cookie:%20a=b", "/%0a/", "/?x=%0d%0aa:b"],
)
def test_no_header_can_be_slipped_in(behind: Serving, path: str) -> None:
    """Line breaks in an address never end a header of an answer."""
    answer = behind.get(f"{PREFIX}{path}", **CAROL)
    assert answer.status_code in {200, 404}
    assert "set-cookie" not in answer.headers
    assert "a" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"X-Long: " + b"x" * 40_000 + b"\r\n", b"431"),
        (b"X-Long: " + b"x" * 70_000 + b"\r\n", b"4"),
        (b"X-Many: x\r\n" * 9_000, b"4"),
        (b"Content-Length: 1\r\nContent-Length: 2\r\n", b"400"),
        (b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", b"4"),
        (b"Content-Length: -1\r\n", b"400"),
        (b"Content-Length: 99999999999\r\n", b"413"),
        (b"X-Forwarded-User: a\r\n b\r\n", b"4"),
        (b"X-Forwarded-User : carol\r\n", b"400"),
    ],
)
def test_headers_that_mean_no_good(behind: Serving, headers: bytes, status: bytes) -> None:
    """They are refused at once, and the server goes on."""
    request = f"POST {PREFIX}/api/v1/resume HTTP/1.1\r\nHost: x\r\n".encode()
    authorized = f"Authorization: Bearer {SECRET}\r\nConnection: close\r\n".encode()
    answer = behind.raw(request + authorized + headers + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:80]
    assert behind.get(f"{PREFIX}/-/healthy").status_code == 200


def test_nothing_outside_of_the_static_files_is_served(behind: Serving) -> None:
    """No path leads out of the directory of static files."""
    for path in (
        *("..%2fapp.py", "%2e%2e/app.py", "../app.py", "..\\app.py", "%00", "/etc/passwd"),
        *("..%252fapp.py", "%252e%252e/app.py", "..%5capp.py", "..%c0%afapp.py", "..;/app.py"),
        *("....//app.py", "./../app.py", "none/../../app.py", "exporter.css/../../app.py"),
        *("..%00/app.py", "exporter.css%00.py", "%2fetc/passwd", "//etc/passwd", ".", "", "%ff"),
        *("../static/../app.py", "../templates/page.html", "..%2f..%2fcli.py", "x" * 5_000),
    ):
        request = (
            f"GET {PREFIX}/static/{path} HTTP/1.1\r\nHost: x\r\n"
            "X-Forwarded-User: carol\r\nConnection: close\r\n\r\n"
        )
        assert behind.raw(request.encode()).startswith(b"HTTP/1.1 404"), path
