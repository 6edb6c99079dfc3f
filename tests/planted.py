"""Secrets that tests hand to the exporter, each of which can be told from all other text.

Whatever the exporter prints is searched for `MARK`, in every test that runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MARK = "s3cr3t"
"""In each of them, and in nothing else."""

DATABASE_PASSWORD = f"{MARK}-of-the-database"
BROKER_PASSWORD = f"{MARK}-of-the-broker"
TOKEN = f"{MARK}-token-of-somebody"

_searched: dict[Path, int] = {}


def require_none(text: str, where: object) -> None:
    """Fail where a planted secret is told."""
    assert MARK not in text, f"{where} tells a secret: {text}"


def watch(log: Path) -> None:
    """Search what is written there at the end of each test from now on."""
    _searched[log] = 0


def search() -> None:
    """Search what the watched logs have that was not searched before."""
    for log, until in list(_searched.items()):
        if not log.exists():
            del _searched[log]
            continue
        text = log.read_bytes()[until:].decode(errors="replace")
        _searched[log] = until + len(text.rpartition("\n")[0].encode())
        require_none(text, log)
