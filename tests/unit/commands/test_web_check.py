"""`check` says what the web configuration file asks of clients, or what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.commands.web_check import check_web
from exporter.settings import Settings
from exporter.settings.web_group import Web
from exporter.snapshot import Finding
from tests.certificates import corpus

if TYPE_CHECKING:
    from pathlib import Path

TLS = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
HASH = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"


def found(directory: Path, text: str) -> list[tuple[str, str]]:
    """Level and text of each finding about a file with this text."""
    path = directory / "web.yml"
    path.write_text(text)
    findings = check_web(Settings(web=Web(config_file=path)))
    return [(finding.level, finding.text.replace(f"{path}: ", "")) for finding in findings]


def test_without_a_file_there_is_nothing_to_say() -> None:
    """No file, no line."""
    assert list[Finding](check_web(Settings())) == []


def test_what_is_asked_for_is_told(tmp_path: Path) -> None:
    """TLS, certificates and users are named."""
    corpus(tmp_path)
    users = f"basic_auth_users: {{alice: {HASH}}}\n"
    assert found(tmp_path, TLS + users) == [("ok", "TLS, users: 1")]
    assert found(tmp_path, "") == [("ok", "no TLS, users: 0")]
    clients = ", client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.crt}"
    assert found(tmp_path, TLS.replace("}", clients)) == [
        ("ok", "TLS, asks for certificates, users: 0")
    ]
    [(level, text)] = found(tmp_path, users)
    assert (level, text.partition(":")[0]) == ("warning", "users without TLS")


def test_each_problem_is_a_failure(tmp_path: Path) -> None:
    """A file with two problems makes two lines."""
    problems = found(tmp_path, "basic_auth_users: {a: b, c: d}")
    assert [level for level, _ in problems] == ["failure", "failure"]
    assert [text.partition(":")[0] for _, text in problems] == [
        "basic_auth_users.a",
        "basic_auth_users.c",
    ]
