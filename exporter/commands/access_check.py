"""What `check` says of who is known to the console, and who may act there."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from exporter.commands.webhook_check import knows_clients
from exporter.errors import SettingsError
from exporter.service.access import access_rules
from exporter.snapshot import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.settings import Settings
    from exporter.web.access import AccessRules

_NAME = "console"


def check_access(settings: Settings) -> Iterator[Finding]:
    """A line for who may act, and one for each thing that lets in more than is meant."""
    try:
        rules = access_rules(settings)
    except SettingsError as error:
        yield Finding(_NAME, "failure", str(error))
        return
    clients = knows_clients(settings)
    yield _acting(settings, rules, clients=clients)
    path = settings.web.tokens_file
    if path is not None and path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        text = f"everybody on this machine may read or change {path}: chmod 640"
        yield Finding(_NAME, "warning", text)


def _acting(settings: Settings, rules: AccessRules, *, clients: bool) -> Finding:
    known = _known(rules, clients=clients)
    if not known and rules.operators:
        text = "web.operators names somebody, but nobody can show who they are: all is read-only"
        return Finding(_NAME, "warning", text)
    if not known:
        return Finding(_NAME, "ok", "read-only, for everybody: nobody is asked who they are")
    by = f"known by {', '.join(known)}"
    if not rules.operators:
        return Finding(_NAME, "ok", f"{by}; read-only, for nobody is named in web.operators")
    named = ", ".join(dict.fromkeys(settings.web.operators))
    return Finding(_NAME, "ok", f"{by}; may act: {named}")


def _known(rules: AccessRules, *, clients: bool) -> list[str]:
    ways = {
        "users or certificates": clients,
        "tokens": rules.tokens is not None,
        "a trusted proxy": rules.proxies is not None,
    }
    return [way for way, given in ways.items() if given]
