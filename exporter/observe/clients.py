"""Who is connected to the broker (CLIENT LIST), and which of it consumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.snapshot import Consumer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_FIELDS = ("id=", "addr=", "name=", "age=", "idle=", "flags=", "db=", "cmd=")


def parse(text: str) -> tuple[Mapping[str, str], ...]:
    """Return the fields of each line of CLIENT LIST's answer that anybody asks for here."""
    return tuple(
        dict(field.split("=", 1) for field in line.split(" ") if field.startswith(_FIELDS))
        for line in text.splitlines()
        if line.strip()
    )


def consumers(
    clients: Iterable[Mapping[str, str]], *, db: int, own_name: str
) -> tuple[Consumer, ...]:
    """Return the connections to this database whose last command was a blocking pop, not our own.

    A worker's consumer shows `brpop` from its first poll to its end, in warm shutdown too
    (facts.md, Which connection is whose). Lines that lack a field are left out.
    """
    found = []
    for client in clients:
        if client.get("cmd") != "brpop" or client.get("name") == own_name:
            continue
        try:
            if int(client["db"]) != db:
                continue
            found.append(
                Consumer(
                    connection_id=int(client["id"]),
                    address=client.get("addr", ""),
                    name=client.get("name", ""),
                    age=float(client["age"]),
                    idle=float(client["idle"]),
                    blocked="b" in client.get("flags", ""),
                )
            )
        except (KeyError, ValueError):
            continue
    return tuple(found)


def connection_ids(clients: Iterable[Mapping[str, str]]) -> frozenset[int]:
    """Return the ids of all connections."""
    return frozenset(int(client["id"]) for client in clients if client.get("id", "").isdigit())
