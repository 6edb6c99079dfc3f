"""Files of tokens, and the header that a request's token comes in."""

from __future__ import annotations

import itertools

from exporter.errors import TokenFileError
from exporter.web.tokens_file import NamedTokens, bearer_token
from exporter.web.webhook.tokens import TokenFile
from tests.fuzz.scratch import written
from tests.fuzz.target import Target


def one(data: bytes) -> None:
    """Read a file of tokens, the rest after a zero byte being a header."""
    content, _, header = data.partition(b"\0")
    path = written("tokens", content)
    offered = bearer_token([(b"Authorization", header)])
    plain, named = TokenFile(path), NamedTokens(path)
    try:
        plain.read()
        accepted = plain.accepts(header.decode("latin-1"))
    except TokenFileError as error:
        str(error).encode()
    else:
        known = {line.strip() for line in content.splitlines()}
        assert not accepted or header.partition(b" ")[2].strip() in known, "let in without a token"
    try:
        names = [name for name, _ in named.read()]
        name = named.name_of(offered or b"")
    except TokenFileError as error:
        str(error).encode()
    else:
        assert name is None or (name in names and name.isprintable() and offered)


def seeds() -> list[bytes]:
    """Files of the two kinds, each with fitting headers and with none."""
    token = b"0123456789abcdef0123456789abcdef"
    files = (token, b"anna " + token + b"\nolga fedcba9876543210\n", b"\n \n", b"anna\n")
    headers = (b"Bearer " + token, b"bearer  " + token, b"Basic YTpi", b"")
    return [file + b"\0" + header for file, header in itertools.product(files, headers)]


TARGET = Target(name="tokens", one=one, seeds=seeds, tokens=(b"Bearer ", b"\0", b"\x85", b"\x1c"))
