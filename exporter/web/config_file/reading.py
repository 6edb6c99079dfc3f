"""The file read: what it means, or a line for every problem."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError

from exporter.errors import WebConfigError
from exporter.web.config_file import yaml_text
from exporter.web.config_file.material import material_of, require_fitting
from exporter.web.config_file.models import Document
from exporter.web.config_file.tls import tls_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from exporter.web.config_file.tls import Tls

_WRONG = {
    "value_error": "{error}",
    "extra_forbidden": "unknown key; the format is that of exporter-toolkit",
    "literal_error": "is not one of {expected}",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
    "string_type": "is not a text",
    "tuple_type": "is not a list",
    "model_type": "is not a mapping",
    "dict_type": "is not a mapping",
}


@dataclass(frozen=True, slots=True)
class WebConfig:
    """How to serve; without a file plainly and for everybody.

    `users` are bcrypt hashes by name; `files` are digests of everything that was read.
    """

    tls: Tls | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    files: Mapping[Path, bytes] = field(default_factory=dict, repr=False)

    @property
    def asks_for_certificates(self) -> bool:
        """Whether a client may show who it is by a certificate."""
        return self.tls is not None and self.tls.asks_for_certificates


def read(path: Path) -> WebConfig:
    """The configuration in the file; WebConfigError with a line for every problem.

    Paths in the file are relative to it, as in the toolkit.
    """
    files: dict[Path, bytes] = {}

    def content(written: str) -> bytes:
        found = path.parent / written
        read_bytes = found.read_bytes()
        files[found] = hashlib.sha256(read_bytes).digest()
        return read_bytes

    try:
        document = _document(content(path.name))
        tls = None
        declared = document.tls_server_config
        if declared is not None and declared.model_fields_set:
            require_fitting(declared)
            tls = tls_of(declared, material_of(declared, content))
    except OSError as error:
        raise WebConfigError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except WebConfigError as error:
        lines = str(error).splitlines()
        raise WebConfigError("\n".join(f"{path}: {line}" for line in lines)) from error
    users = {name: hashed.encode() for name, hashed in document.basic_auth_users.items()}
    return WebConfig(tls, document.http_server_config.headers, users, files)


def _document(content: bytes) -> Document:
    try:
        parsed = yaml_text.parse(content.decode())
    except UnicodeDecodeError as error:
        raise WebConfigError("not a text file") from error
    except ValueError as error:
        raise WebConfigError(str(error)) from error
    if parsed is None:
        return Document()
    if not isinstance(parsed, dict):
        raise WebConfigError("not a mapping with keys such as tls_server_config")
    try:
        return Document.model_validate(parsed)
    except ValidationError as error:
        problems = [_problem(details) for details in error.errors()]
        raise WebConfigError("\n".join(problems)) from error


def _problem(details: ErrorDetails) -> str:
    name = ".".join(str(part) for part in details["loc"] if part != "[key]")
    template = _WRONG.get(details["type"], "is wrong")
    return f"{name}: {template.format_map(details.get('ctx', {}))}"
