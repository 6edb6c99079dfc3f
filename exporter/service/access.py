"""Who is known and who may act, as settings describe it."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from exporter.errors import SettingsError, TokenFileError
from exporter.web.access import AccessRules
from exporter.web.tokens_file import NamedTokens
from exporter.web.trusted_proxies import TrustedProxies

if TYPE_CHECKING:
    from exporter.settings import Settings


def access_rules(settings: Settings) -> AccessRules:
    """The rules; raises SettingsError for a token file that cannot serve, or half of a proxy."""
    web = settings.web
    return AccessRules(
        operators=frozenset(web.operators),
        tokens=_tokens(settings),
        proxies=_proxies(settings),
        open_paths=frozenset({web.telemetry_path} if web.metrics_public else ()),
    )


def _tokens(settings: Settings) -> NamedTokens | None:
    if settings.web.tokens_file is None:
        return None
    tokens = NamedTokens(settings.web.tokens_file)
    try:
        tokens.read()
    except TokenFileError as error:
        raise SettingsError(f"web.tokens-file: {error}") from error
    return tokens


def _proxies(settings: Settings) -> TrustedProxies | None:
    header, proxies = settings.web.trusted_header, settings.web.trusted_proxies
    if header is None and not proxies:
        return None
    if header is None:
        raise SettingsError("web.trusted-proxies does nothing without web.trusted-header")
    if not proxies:
        raise SettingsError(
            "web.trusted-header would be believed from nobody: give --web.trusted-proxies"
        )
    return TrustedProxies(header, tuple(ip_network(proxy) for proxy in proxies))
