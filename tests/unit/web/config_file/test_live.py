"""What serves follows its files, and keeps what was right when they are wrong."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from exporter.errors import WebConfigError
from exporter.web.config_file import LiveWebConfig, WebConfig
from tests.certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path

ALICE = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"
BOB = "$2y$10$qRTBuFoULoYNA7AQ/F3ck.trZBPyjV64.oA4ZsSBCIWvXuvQlQTuu"
TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
CLIENTS = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n"
LONG_AGO = 1_000_000_000.0
NOW = LONG_AGO + 1000


def users(**hashes: str) -> str:
    """The section with these users."""
    return "basic_auth_users:\n" + "".join(f"  {name}: {text}\n" for name, text in hashes.items())


@dataclass
class Place:
    """A configuration file, the clock by which it is watched, and what is read from it."""

    directory: Path
    now: float = NOW

    @property
    def path(self) -> Path:
        """The file."""
        return self.directory / "web.yml"

    def write(self, text: str, *, at: float | None = None) -> None:
        """Write the file, as if at that moment (by default: now)."""
        self.path.write_text(text)
        os.utime(self.path, (at or self.now,) * 2)

    def live(self) -> LiveWebConfig:
        """The configuration, watched."""
        return LiveWebConfig(self.path, clock=lambda: self.now, monotonic=lambda: self.now)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a place with certificates of long ago and no configuration file yet."""
    authority = Authority()
    authority.issue(tmp_path, "server", "localhost")
    (tmp_path / "ca.crt").write_bytes(authority.pem)
    for path in tmp_path.iterdir():
        os.utime(path, (LONG_AGO, LONG_AGO))
    return Place(tmp_path)


def test_without_a_file_all_is_open() -> None:
    """No file means no TLS and no users, now and later."""
    live = LiveWebConfig(None)
    assert live.current() == WebConfig()
    assert live.context() is None


def test_wrong_at_the_start_is_an_error(place: Place) -> None:
    """At the start there is nothing to keep."""
    place.write("junk")
    with pytest.raises(WebConfigError):
        place.live()


def test_a_change_counts_at_once(place: Place) -> None:
    """The next look after a change sees it."""
    place.write(users(alice=ALICE), at=LONG_AGO)
    live = place.live()
    assert set(live.current().users) == {"alice"}
    place.write(users(bob=BOB))
    assert set(live.current().users) == {"bob"}
    assert live.replaced_at == NOW


def test_nothing_is_read_while_nothing_changes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of files that have settled only their state is looked at."""
    place.write(users(alice=ALICE), at=LONG_AGO)
    live = place.live()
    live.current()
    monkeypatch.setattr("exporter.web.config_file.live.read", None)
    place.now += 3600
    for _ in range(3):
        assert set(live.current().users) == {"alice"}
    assert live.replaced_at is None


def test_a_change_within_the_same_tick_is_seen(place: Place) -> None:
    """What changed so soon that its file looks the same is found within a second."""
    place.write(users(alice=ALICE))
    live = place.live()
    live.current()
    state = place.path.stat()
    with place.path.open("r+") as file:
        file.write(users(alice=BOB))
    os.utime(place.path, ns=(state.st_atime_ns, state.st_mtime_ns))
    place.now += 1
    assert live.current().users["alice"] == BOB.encode()


def test_what_is_wrong_later_is_told_once_and_the_former_kept(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken file changes nothing; one warning says what is wrong with it."""
    place.write(users(alice=ALICE), at=LONG_AGO)
    live = place.live()
    place.write("basic_auth_users: {bob: secret, carol: hidden}")
    for _ in range(5):
        assert set(live.current().users) == {"alice"}
        place.now += 10
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "basic_auth_users.bob: is no bcrypt hash" in vars(warnings[0])["error"]
    assert "\n" not in vars(warnings[0])["error"]
    assert "secret" not in vars(warnings[0])["error"]
    place.write(users(bob=BOB))
    assert set(live.current().users) == {"bob"}


def test_a_file_that_is_gone_for_a_while_changes_nothing(place: Place) -> None:
    """While the file is away, the former holds; when it is back, it counts."""
    place.write(users(alice=ALICE), at=LONG_AGO)
    live = place.live()
    place.path.unlink()
    assert set(live.current().users) == {"alice"}
    place.write(users(bob=BOB))
    assert set(live.current().users) == {"bob"}


def test_certificate_and_key_may_change_one_after_the_other(place: Place) -> None:
    """Between the two the former pair holds; then the new one does."""
    place.write(TLS, at=LONG_AGO)
    live = place.live()
    before = live.current().tls
    after = Authority().issue(place.directory, "next", "localhost")
    after.certificate.replace(place.directory / "server.crt")
    assert live.current().tls is before
    after.key.replace(place.directory / "server.key")
    assert live.current().tls is not before


def test_a_file_that_was_missing_is_looked_for(place: Place) -> None:
    """A configuration that names a certificate before it is there holds once it is."""
    place.write(TLS, at=LONG_AGO)
    live = place.live()
    before = live.current().tls
    place.write(TLS.replace("server.", "next."))
    assert live.current().tls is before
    Authority().issue(place.directory, "next", "localhost")
    place.now += 1
    assert live.current().tls is not before


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (TLS, users(alice=ALICE), "turning TLS on or off takes a restart"),
        (users(alice=ALICE), TLS, "turning TLS on or off takes a restart"),
        (TLS, TLS + CLIENTS, "a change of client_auth_type takes a restart"),
        (TLS, TLS + "  min_version: TLS13\n", "a change of min_version takes a restart"),
    ],
)
def test_what_no_connection_could_follow_takes_a_restart(
    place: Place, caplog: pytest.LogCaptureFixture, before: str, after: str, told: str
) -> None:
    """Such a change is told, and nothing of the new file holds until then."""
    place.write(before, at=LONG_AGO)
    live = place.live()
    held = live.current()
    place.write(after)
    assert live.current() is held
    assert told in vars(caplog.records[-1])["error"]


def test_names_and_authorities_follow(place: Place) -> None:
    """Who is let in by certificate can be changed without a restart."""
    place.write(TLS + CLIENTS + "  client_allowed_sans: [a]\n", at=LONG_AGO)
    live = place.live()
    live.current()
    place.write(TLS + CLIENTS + "  client_allowed_sans: [b]\n")
    tls = live.current().tls
    assert tls is not None
    assert tls.allowed_sans == frozenset({"b"})
