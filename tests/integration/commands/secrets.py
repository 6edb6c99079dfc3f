"""Every address and every file that may hold a secret, given in every way that there is."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from socket import create_server
from typing import TYPE_CHECKING
from urllib.parse import quote

import bcrypt
import yaml

from exporter.settings.catalogue import BY_NAME
from tests.planted import MARK, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Addresses = dict[str, str]
"""By setting."""

_FILES = ("database.url", "broker.url", "results.url", "repair.database-url", "journal.url")
_IN_TIMESKETCH_CONF = {
    "database.url": "SQLALCHEMY_DATABASE_URI",
    "broker.url": "CELERY_BROKER_URL",
    "results.url": "CELERY_RESULT_BACKEND",
}


@dataclass(frozen=True, slots=True)
class Given:
    """What the command is started with; `environment` are variables besides ours."""

    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """All variables: ours without settings, and these."""
        inherited = {name: value for name, value in os.environ.items() if "TIMESKETCH" not in name}
        return {**inherited, "COLUMNS": "400", **self.environment}


def as_flags(settings: Addresses, directory: Path) -> Given:
    """Each setting as a flag."""
    del directory
    return Given(tuple(f"--{name}={value}" for name, value in settings.items()))


def as_variables(settings: Addresses, directory: Path) -> Given:
    """Each setting as a variable."""
    del directory
    return Given((), {BY_NAME[name].variable: value for name, value in settings.items()})


def as_yaml(settings: Addresses, directory: Path) -> Given:
    """All settings in a file."""
    groups: dict[str, dict[str, str]] = {}
    for name, value in settings.items():
        group, _, key = name.partition(".")
        groups.setdefault(group, {})[key] = value
    (directory / "config.yml").write_text(yaml.safe_dump(groups))
    return Given((f"--config.file={directory / 'config.yml'}",))


def as_files(settings: Addresses, directory: Path) -> Given:
    """Each address in a file of its own."""
    named = dict(settings)
    for name in _FILES:
        (directory / f"{name}-file").write_text(named.pop(name))
        named[f"{name}-file"] = str(directory / f"{name}-file")
    return as_flags(named, directory)


def as_timesketch_conf(settings: Addresses, directory: Path) -> Given:
    """What Timesketch has in its own configuration there, and the rest as variables."""
    named = dict(settings)
    lines = [f"{name} = {named.pop(setting)!r}" for setting, name in _IN_TIMESKETCH_CONF.items()]
    lines.append(f"SECRET_KEY = '{MARK}-key'")
    (directory / "timesketch.conf").write_text("\n".join(lines))
    named["timesketch.config"] = str(directory / "timesketch.conf")
    return as_variables(named, directory)


WAYS = (as_flags, as_variables, as_yaml, as_files, as_timesketch_conf)


def files_with_secrets(directory: Path) -> Addresses:
    """The settings that name files with tokens and users, and these files."""
    web, tokens, token = (directory / name for name in ("web.yml", "tokens", "webhook-token"))
    hashed = bcrypt.hashpw(f"{MARK}-of-anna".encode(), bcrypt.gensalt(4)).decode()
    web.write_text(f"basic_auth_users:\n  anna: {hashed}\n")
    tokens.write_text(f"olga {TOKEN}-of-olga\n")
    token.write_text(f"{TOKEN}-of-the-webhook\n")
    for file in (tokens, token):
        file.chmod(0o600)
    return {
        "web.config.file": str(web),
        "web.tokens-file": str(tokens),
        "webhook.token-file": str(token),
        "web.operators": "olga",
    }


@contextmanager
def silent_server() -> Iterator[int]:
    """A port on which connections are taken and nothing is ever answered."""
    with create_server(("127.0.0.1", 0), backlog=200) as listener:
        yield int(listener.getsockname()[1])


def elsewhere(settings: Addresses, *, port: int) -> Addresses:
    """The same addresses at another port."""
    names = ("database.url", "repair.database-url", "broker.url", "results.url")
    return {name: _with(settings[name], port) for name in names}


def _with(url: str, port: int) -> str:
    head, at, place = url.rpartition("@")
    _, slash, path = place.partition("/")
    return f"{head}{at}127.0.0.1:{port}{slash}{path}"


def unreadable(password: str = f"{MARK}/with@all;that is#odd?") -> Iterator[tuple[str, Addresses]]:
    """Addresses that cannot be taken apart, or that a driver refuses, with a secret in each."""
    raw, good = password.replace(" ", ""), quote(password, safe="")
    sql, broker = ("database.url", "repair.database-url", "journal.url"), ("broker.url",)
    for what, names, url in (
        ("an unescaped password", sql, f"postgresql://u:{raw}@127.0.0.1:1/x"),
        ("no scheme", sql, f"u:{good}@127.0.0.1/x"),
        ("a port that is none", sql, f"postgresql://u:{good}@127.0.0.1:{MARK}/x"),
        ("an unknown dialect", sql, f"oracle://u:{good}@127.0.0.1/x"),
        ("a bad escape", sql, f"postgresql://u:{MARK}%zz@127.0.0.1:1/x"),
        ("a secret option", sql, f"postgresql://127.0.0.1:1/x?password={MARK}&sslpassword={MARK}"),
        (
            "TLS files that are not there",
            sql,
            f"postgresql://u:{good}@127.0.0.1:1/x?sslrootcert=/-",
        ),
        ("an unescaped password", broker, f"redis://u:{raw}@127.0.0.1:1/0"),
        ("a port that is none", broker, f"redis://u:{good}@127.0.0.1:{MARK}/0"),
        ("a database that is none", broker, f"redis://u:{good}@127.0.0.1:1/x"),
        ("an unknown transport", broker, f"carrier-pigeon://u:{good}@127.0.0.1/0"),
        ("a password with / of RabbitMQ", broker, f"amqp://u:{raw}@127.0.0.1:1//"),
        ("several", broker, f"amqp://u:{good}@127.0.0.1:1//;amqp://u:{good}@127.0.0.1:2//"),
        ("sentinels", broker, f"sentinel://:{good}@127.0.0.1:1/0"),
    ):
        yield f"{names[0]}: {what}", dict.fromkeys(names, url)
