"""`check` says who is known to the console and who may act there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.commands.access_check import check_access
from exporter.settings import load

if TYPE_CHECKING:
    from pathlib import Path

PROXY = {"web.trusted-header": "X-Forwarded-User", "web.trusted-proxies": "10.0.0.1"}


def found(flags: dict[str, str]) -> list[tuple[str, str]]:
    """Level and text of each finding."""
    return [(finding.level, finding.text) for finding in check_access(load(flags, {}))]


def test_without_access_everybody_looks() -> None:
    """That all is read-only is told, and that operators nobody can be are a mistake."""
    assert found({}) == [("ok", "read-only, for everybody: nobody is asked who they are")]
    [(level, text)] = found({"web.operators": "alice"})
    assert level == "warning"
    assert text.startswith("web.operators names somebody, but nobody can show who they are")


def test_who_may_act(tmp_path: Path) -> None:
    """The ways to be known and the operators are named, each once."""
    tokens = tmp_path / "tokens"
    tokens.write_text("tsctl 0123456789abcdef\n")
    tokens.chmod(0o640)
    flags = PROXY | {"web.tokens-file": str(tokens)}
    by = "known by tokens, a trusted proxy"
    assert found(flags) == [("ok", f"{by}; read-only, for nobody is named in web.operators")]
    flags["web.operators"] = "tsctl,alice,tsctl"
    assert found(flags) == [("ok", f"{by}; may act: tsctl, alice")]
    tokens.chmod(0o644)
    assert found(flags)[1:] == [
        ("warning", f"everybody on this machine may read or change {tokens}: chmod 640")
    ]


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (
            {"web.trusted-header": "X-User"},
            "web.trusted-header would be believed from nobody: give --web.trusted-proxies",
        ),
        (
            {"web.trusted-proxies": "::1"},
            "web.trusted-proxies does nothing without web.trusted-header",
        ),
        (
            {"web.tokens-file": "/nowhere/tokens"},
            "web.tokens-file: /nowhere/tokens: no such file or directory",
        ),
    ],
)
def test_what_serve_would_refuse_is_a_failure(flags: dict[str, str], problem: str) -> None:
    """Half of a proxy, or a file of tokens that cannot be read, is told as such."""
    assert found(flags) == [("failure", problem)]
