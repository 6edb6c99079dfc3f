"""Bytes made from good ones by chance that can be repeated: by the seed of `chance`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from tests.fuzz.target import Target

_CHANGES_AT_MOST = 6
_DEEP = 1_500
_LONG = 600
_NUMBERS = (b"0", b"-1", b"1e999", b"NaN", b"9" * 40, b"9" * 5_000, b"0x", b"1_", b"2001-99-99")
_PIECES = (
    *(b"null", b"true", b'"', b"'", b"\\", b"\\u0000", b"\\ud800", b"\x00", b"\xff", b"\xc3"),
    *(b"\r", b"\n", b"\x1b[2J", b"\xe2\x80\xae", b"<b>", b"&lt;", b"[]", b"{}", b"...", b"%", b"*"),
)
_OPENINGS = (b"[", b'{"":', b"(", b"- ", b"'a'+", b"-", b"{", b"\\")


def mutated(data: bytes, chance: random.Random, target: Target, others: Sequence[bytes]) -> bytes:
    """The bytes after a few changes, or a splice with others of the same target."""
    if others and chance.random() < 0.1:
        other = chance.choice(others)
        data = data[: _place(data, chance)] + other[_place(other, chance) :]
    for _ in range(chance.randint(1, _CHANGES_AT_MOST)):
        data = chance.choice(_CHANGES)(data, chance, target)
    return data


def _place(data: bytes, chance: random.Random) -> int:
    return chance.randint(0, len(data))


def _flip(data: bytes, chance: random.Random, _: Target) -> bytes:
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _cut(data: bytes, chance: random.Random, _: Target) -> bytes:
    begin, end = sorted((_place(data, chance), _place(data, chance)))
    # Mostly a few bytes; now and then all that lies between, or the end.
    end = min(end, begin + chance.choice((1, 4, 16, len(data))))
    return data[:begin] + data[end:]


def _repeat(data: bytes, chance: random.Random, _: Target) -> bytes:
    begin = _place(data, chance)
    piece = data[begin : begin + chance.randint(1, 32)]
    return data[:begin] + piece * chance.choice((2, 3, _LONG)) + data[begin:]


def _insert(data: bytes, chance: random.Random, target: Target) -> bytes:
    at = _place(data, chance)
    piece = chance.choice((*target.dictionary, *_PIECES, *_NUMBERS))
    # In place of as much, or between.
    return data[:at] + piece + data[at + chance.choice((0, len(piece))) :]


def _nest(data: bytes, chance: random.Random, _: Target) -> bytes:
    at = _place(data, chance)
    return data[:at] + chance.choice(_OPENINGS) * chance.choice((2, 60, _DEEP)) + data[at:]


def _number(data: bytes, chance: random.Random, _: Target) -> bytes:
    """Another number in the place of one."""
    places = [at for at, byte in enumerate(data) if byte in b"0123456789"]
    if not places:
        return data
    begin = end = chance.choice(places)
    while end < len(data) and data[end] in b"0123456789.":
        end += 1
    return data[:begin] + chance.choice(_NUMBERS) + data[end:]


_CHANGES = (_flip, _cut, _repeat, _insert, _nest, _number)
