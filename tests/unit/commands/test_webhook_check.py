"""`check` says who may post to the webhook, or why nobody may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.commands.webhook_check import check_webhook
from exporter.settings import load

if TYPE_CHECKING:
    from pathlib import Path

HASH = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"


def found(**settings: object) -> tuple[str, str]:
    """Level and text of the one finding."""
    flags = {name.replace("__", ".").replace("_", "-"): str(v) for name, v in settings.items()}
    (finding,) = check_webhook(load(flags, {}))
    return finding.level, finding.text


def test_by_default_nobody_may() -> None:
    """Without any way to know who posts, nothing is taken, with what to do about it."""
    level, text = found()
    assert level == "ok"
    assert text == "takes nothing: give webhook.token-file to have alerts repaired"


def test_anybody_is_a_warning() -> None:
    """To let everybody post is possible, and told."""
    assert found(webhook__insecure="true")[0] == "warning"


@pytest.mark.parametrize(("content", "words"), [("a\n", "a token"), ("a\nb\n", "one of 2 tokens")])
def test_tokens_are_counted(tmp_path: Path, content: str, words: str) -> None:
    """How many tokens hold is told; they are not."""
    file = tmp_path / "token"
    file.write_text(content)
    file.chmod(0o640)
    assert found(webhook__token_file=file) == (
        "ok",
        f"takes notifications that come with {words}",
    )
    file.chmod(0o644)
    assert found(webhook__token_file=file)[0] == "warning"


def test_a_file_that_cannot_serve_is_a_failure(tmp_path: Path) -> None:
    """A missing file of tokens fails the check."""
    level, text = found(webhook__token_file=tmp_path / "missing")
    assert level == "failure"
    assert "no such file" in text


def test_users_may_post(tmp_path: Path) -> None:
    """Users of the web configuration file serve as well; a broken file is told elsewhere."""
    file = tmp_path / "web.yml"
    file.write_text(f"basic_auth_users: {{alice: {HASH}}}\n")
    config = {"web__config.file": file}
    assert found(**config) == ("ok", "takes notifications from users and certificates")
    file.write_text("basic_auth_users: {alice: x}\n")
    assert found(**config)[1].startswith("takes nothing")


def test_operators_alone_may_post(tmp_path: Path) -> None:
    """Once operators are named, they alone get through, whatever says who they are."""
    operators = {"web__operators": "alice"}
    assert found(**operators)[1].startswith("takes nothing")
    known = operators | {"web__tokens_file": tmp_path / "tokens"}
    assert found(**known) == ("ok", "takes notifications from web.operators")
