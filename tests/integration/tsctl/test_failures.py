"""What `tsctl stuck-timelines` says when it does not get what it asks for: one line each."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from exporter.demo.processes import free_port
from tests.integration.tsctl.contract import HANG_UP, VIEWER
from tests.integration.tsctl.made_up import plan, repair

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.tsctl.command import Command
    from tests.integration.tsctl.contract import Contract


def the_error(command: Command, *arguments: str, exit_code: int = 1, **variables: str) -> str:
    """The one line on standard error of a run that ends with this exit code."""
    done = command.run(*arguments, **variables)
    assert done.exit_code == exit_code, done
    assert done.output == ""
    (line,) = done.errors.splitlines()
    return line.removeprefix("Error: ")


def test_nobody_listens(command: Command) -> None:
    """An exporter that does not run is told with the reason."""
    url = f"http://127.0.0.1:{free_port()}"
    error = the_error(command, "--url", url)
    assert error == f"no answer from the exporter at {url}: connection refused"


def test_no_such_host(command: Command) -> None:
    """A host that does not exist is told in a line as well."""
    error = the_error(command, "--url", "http://exporter.invalid:19808")
    assert error.startswith("no answer from the exporter at http://exporter.invalid:19808: ")


def test_not_tls(command: Command, contract: Contract) -> None:
    """TLS towards an exporter that speaks plain HTTP is told."""
    error = the_error(command, "--url", contract.url.replace("http", "https"))
    assert "wrong version number" in error or "wrong_version_number" in error


def test_lost_while_it_repairs(command: Command, contract: Contract) -> None:
    """A connection that is lost during a repair sends to the journal for what was done."""
    contract.plan = plan(repair(4))
    contract.refused["/api/v1/plans/plan1/apply"] = (HANG_UP, "")
    done = command.run("--repair", "--yes")
    assert done.exit_code == 1
    assert done.errors.endswith("; its journal tells what was done\n")
    assert len(done.errors.splitlines()) == 1


def test_wrong_token(command: Command, contract: Contract, tmp_path: Path) -> None:
    """A token that the exporter does not know is told, and never shown."""
    (tmp_path / "wrong").write_text("wrong-token")
    error = the_error(command, "--token-file", str(tmp_path / "wrong"))
    assert error == f"the exporter at {contract.url} does not know this token"


def test_no_token(command: Command, contract: Contract) -> None:
    """Without a token, an exporter that asks who asks is answered by a hint."""
    error = the_error(command, TIMESKETCH_EXPORTER_API_TOKEN_FILE="")
    assert error == f"the exporter at {contract.url} wants to know who asks: give --token-file"


def test_not_an_operator(command: Command, contract: Contract, tmp_path: Path) -> None:
    """Who may only look is told so in the exporter's words."""
    (tmp_path / "viewer").write_text(VIEWER)
    error = the_error(command, "--repair", "--yes", "--token-file", str(tmp_path / "viewer"))
    assert error == (
        f"the exporter at {contract.url} does not allow this: ann is not among web.operators"
    )


def test_an_old_exporter(command: Command, contract: Contract) -> None:
    """An exporter without the API is called too old."""
    contract.refused["/api/v1/timelines"] = (404, {"detail": "Not Found"})
    error = the_error(command)
    assert error == f"there is no /api/v1 at {contract.url}: no exporter, or one that is too old"


def test_blind(command: Command, contract: Contract) -> None:
    """An exporter that cannot scan now is told in its own words, whatever it puts in between."""
    contract.refused["/api/v1/plans"] = (503, {"detail": "the broker\ndoes not answer"})
    error = the_error(command, "--repair", "--yes")
    assert error == f"the exporter at {contract.url} answered 503: the broker does not answer"


@pytest.mark.parametrize("answer", ["<html>", "[]", {}, {"timelines": [{}], "total": 1}, "1e999"])
def test_something_else(command: Command, contract: Contract, answer: object) -> None:
    """Whatever else answers there is not understood, and that is all."""
    contract.refused["/api/v1/timelines"] = (200, answer)  # type: ignore[assignment]
    error = the_error(command)
    assert error.startswith(f"what {contract.url} answers is not that of this API")


def test_a_proxy_in_between(command: Command, contract: Contract) -> None:
    """A refusal that is no JSON is told by its code."""
    contract.refused["/api/v1/timelines"] = (502, "<html>")
    assert the_error(command) == f"the exporter at {contract.url} answered 502: Bad Gateway"


def test_a_redirect(command: Command, contract: Contract) -> None:
    """The token is not carried to another address: that one is told."""
    contract.refused["/api/v1/timelines"] = (308, "")
    contract.headers["Location"] = "https://exporter.example.org/"
    error = the_error(command)
    assert "sends on to https://exporter.example.org/" in error
    assert len(contract.asked) == 1


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:19808", "ftp://exporter", "http://", "http://u:p@a", "http://a/?b", "http://a b"],
)
def test_wrong_url(command: Command, url: str) -> None:
    """What is no URL of an exporter, or has a password in it, is refused and not repeated."""
    error = the_error(command, "--url", url, exit_code=2)
    assert error == "--url should be like http://exporter:19808, without a password"


@pytest.mark.parametrize("url", ["http://[", "http://a:99999", "http://a..b", f"http://{'a' * 64}"])
def test_impossible_address(command: Command, url: str) -> None:
    """An address that cannot be is told in a line as well."""
    assert the_error(command, "--url", url).startswith(f"no answer from the exporter at {url}: ")


@pytest.mark.parametrize("content", [b"", b"\n", b"ann token", b"a\nb", b"a\x00", b"\xff\xfe"])
def test_wrong_token_file(command: Command, tmp_path: Path, content: bytes) -> None:
    """A file that does not hold one token alone is refused, and its content not repeated."""
    file = tmp_path / "wrong"
    file.write_bytes(content)
    error = the_error(command, "--token-file", str(file), exit_code=2)
    assert error.startswith(f"{file} should hold ")


def test_no_token_file(command: Command, tmp_path: Path) -> None:
    """A token file that cannot be read is told with the reason."""
    file = tmp_path / "missing"
    error = the_error(command, "--token-file", str(file), exit_code=2)
    assert error == f"{file}: no such file or directory"


def test_hung_up(command: Command) -> None:
    """A server that hangs up without a word is told."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        thread = threading.Thread(target=_hang_up, args=(server,))
        thread.start()
        error = the_error(command, "--url", url)
        thread.join()
    assert error.startswith(f"no answer from the exporter at {url}: ")


def _hang_up(server: socket.socket) -> None:
    connection, _ = server.accept()
    connection.close()
