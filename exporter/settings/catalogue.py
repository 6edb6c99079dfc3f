"""The settings as a list: what each is called as flag, variable and YAML key."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args, get_origin

from pydantic import SecretStr

from exporter.settings import durations
from exporter.settings.groups import Settings
from exporter.settings.values import Group, Key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic.fields import FieldInfo

VARIABLE_PREFIX = "TIMESKETCH_EXPORTER_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `kind` says in a word what to write; `default` is its text, empty for none.

    `key` is its key in the group's part of the YAML file.
    """

    group: str
    field: str
    key: str
    kind: str
    default: str
    description: str
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name in messages and documents: `broker.url-file`."""
        return f"{self.group}.{self.key}"

    @property
    def flag(self) -> str:
        """Its flag: `--broker.url-file`."""
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        """Its environment variable: `TIMESKETCH_EXPORTER_BROKER__URL_FILE`."""
        return f"{VARIABLE_PREFIX}{self.group}__{self.field}".upper()


def nearest(wrong: str, known: Iterable[str]) -> str:
    """` (did you mean X?)` with the nearest known word, or nothing where none is near."""
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.7)
    return f" (did you mean {near[0]}?)" if near else ""


def _setting(group: str, field: str, info: FieldInfo) -> Setting:
    annotation = info.annotation
    choices = tuple(map(str, get_args(annotation))) if get_origin(annotation) is Literal else ()
    if annotation is bool:
        choices = ("true", "false")
    return Setting(
        group=group,
        field=field,
        key=next(
            (mark.key for mark in info.metadata if isinstance(mark, Key)), field.replace("_", "-")
        ),
        kind="|".join(choices) or _kind(annotation),
        default=_default(info),
        description=info.description or "",
        choices=choices,
    )


def _kind(annotation: object) -> str:
    within = _types_within(annotation)
    kinds = {
        SecretStr: "URL",
        Path: "FILE",
        tuple: "LIST",
        float: "DURATION",
        Decimal: "SHARE",
        int: "NUMBER",
    }
    for python_type, kind in kinds.items():
        if python_type in within:
            return kind
    return "JSON" if Mapping in within else "TEXT"


def _types_within(annotation: object) -> set[object]:
    within = {annotation, get_origin(annotation)}
    return within.union(*map(_types_within, get_args(annotation)))


def _default(info: FieldInfo) -> str:
    default = info.default
    if isinstance(default, float):
        return durations.text(default)
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return str(default) if default else ""


GROUPS: dict[str, type[Group]] = {
    group: info.annotation
    for group, info in Settings.model_fields.items()
    if isinstance(info.annotation, type) and issubclass(info.annotation, Group)
}

SETTINGS: tuple[Setting, ...] = tuple(
    _setting(group, field, info)
    for group, model in GROUPS.items()
    for field, info in model.model_fields.items()
)

BY_FIELD = {(setting.group, setting.field): setting for setting in SETTINGS}
BY_NAME = {setting.name: setting for setting in SETTINGS}
