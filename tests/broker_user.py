"""The user that `grants --dialect redis` describes, made in a real broker."""

from __future__ import annotations

import shlex
from argparse import Namespace
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

import redis

from exporter.commands import grants
from exporter.settings import load
from tests.planted import BROKER_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USER = "timesketch_exporter"


def rules(settings: Mapping[str, str], *, requeue: bool = False) -> list[list[str]]:
    """The lines that the command prints for these settings, each in words."""
    printed = StringIO()
    options = Namespace(dialect="redis", broker_user=USER, requeue=requeue)
    with redirect_stdout(printed):
        grants.run(load(settings, {}), options)
    return [shlex.split(line) for line in printed.getvalue().splitlines()]


def make_broker_user(url: str, lines: Sequence[Sequence[str]]) -> str:
    """Make the user who may do what these lines say and nothing else; return their URL."""
    with redis.Redis.from_url(url) as client:
        server: Any = client  # for a method without types
        server.execute_command("ACL", "SETUSER", USER, "reset", "on", f">{BROKER_PASSWORD}")
        for line in lines:
            server.execute_command(*line)
        server.execute_command("ACL", "LOG", "RESET")
    return url.replace("redis://", f"redis://{USER}:{BROKER_PASSWORD}@")


def denied(url: str) -> set[str]:
    """What the user was refused since it was made: commands, keys and channels.

    Without the driver's telling its own name, which nothing depends on, and which servers before
    Redis 7.2 do not know.
    """
    with redis.Redis.from_url(url) as client:
        entries: Any = client.acl_log()
    found = {str(entry["object"]) for entry in entries if entry["username"] == USER}
    return found - {"client|setinfo"}
