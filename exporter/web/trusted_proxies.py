"""The header in which a proxy names whom it has signed in; believed from that proxy alone."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """`header` as it comes from one of `networks`."""

    header: str
    networks: tuple[IPv4Network | IPv6Network, ...]

    def name_in(self, headers: Iterable[tuple[bytes, bytes]], client: str | None) -> str | None:
        """Whom the proxy names.

        `client` is the address at the other end of the connection. None if that is no trusted
        proxy, or for a name that is not clear: none, several, too long, or not printable.
        """
        wanted = self.header.lower().encode()
        given = [value.strip() for name, value in headers if name.lower() == wanted]
        if len(given) != 1 or not given[0] or len(given[0]) > LONGEST_NAME:
            return None
        if not self._trusted(client):
            return None
        try:
            name = given[0].decode()
        except UnicodeDecodeError:
            return None
        return name if name.isprintable() else None

    def _trusted(self, client: str | None) -> bool:
        try:
            address = ip_address(client or "")
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            # So an IPv4 address looks on a socket for both.
            address = address.ipv4_mapped
        return any(address in network for network in self.networks)
