"""docs/install-docker.md speaks of what there is."""

from __future__ import annotations

import re

from exporter.options import COMMANDS
from tests.container.compose import PROFILES, TOP, document, dot_env, services
from tests.container.page import PAGE, blocks

_TEXT = PAGE.read_text()


def test_variables() -> None:
    """The table has every variable of .env but the profile, with its default."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) ?\|", _TEXT, flags=re.MULTILINE)
    told = {name: default.strip("`") for name, default in rows}
    assert told | {"COMPOSE_PROFILES": "timesketch"} == dot_env()


def test_services() -> None:
    """The table of rights has every service beside a Timesketch, and its user."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", _TEXT, flags=re.MULTILINE)
    users = {
        name: service.definition["user"].split(":")[0]
        for name, service in services("timesketch").items()
    }
    assert dict(rows) == users


def test_commands() -> None:
    """What is asked of docker compose names services, profiles and commands that there are."""
    known = set(document()["services"])
    commands = {command.name for command in COMMANDS}
    for line in "".join(blocks()).splitlines():
        for service in re.findall(r"docker compose (?:exec|run --rm|logs) (\S+)", line):
            assert service in known
        for profile in re.findall(r"--profile (\S+)", line):
            assert profile in PROFILES
        for command in re.findall(r"(?:exec|run --rm) timesketch-exporter (\S+)", line):
            assert command in {*commands, "timesketch-exporter"}


def test_files() -> None:
    """Files that it names exist."""
    for file in re.findall(r"`((?:alerts|contrib|grafana)/[^`]+|[a-z-]+\.lock)`", _TEXT):
        assert (TOP / file).exists(), file
