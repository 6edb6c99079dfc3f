"""The exporter's configuration file: a YAML mapping of groups, `broker: {url: ...}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.errors import SettingsError
from exporter.settings.catalogue import BY_NAME, GROUPS, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


# What PyYAML lets through besides its own errors: of values that look like a number or a date and
# are none (`0x_`, `2001-99-99`, `!!bool maybe`), and of brackets without end.
_NOT_YAML = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)


def read_yaml(path: Path) -> dict[str, object]:
    """The values in the file by dotted name; SettingsError with a line for every problem."""
    document = _document(path)
    values: dict[str, object] = {}
    problems = []
    for group, content in document.items():
        if group not in GROUPS:
            problems.append(f"{path}: unknown key {group}{nearest(str(group), GROUPS)}")
        elif not isinstance(content, dict | None):
            problems.append(f"{path}: {group} is not a mapping of settings")
        else:
            values |= {f"{group}.{key}": value for key, value in (content or {}).items()}
    known = set(BY_NAME) - {"config.file"}
    problems += [
        f"{path}: unknown key {name}{_nearest_in_group(name, known)}"
        for name in values
        if name not in known
    ]
    if problems:
        raise SettingsError("\n".join(problems))
    return {name: value for name, value in values.items() if value is not None}


def _nearest_in_group(name: str, known: Iterable[str]) -> str:
    group = name.partition(".")[0]
    return nearest(name, [other for other in known if other.startswith(f"{group}.")])


def _document(path: Path) -> dict[object, object]:
    import yaml  # noqa: PLC0415  a fifth of the time that --help takes, and few use a file

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not a text file") from error
    except (yaml.YAMLError, *_NOT_YAML) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise SettingsError(f"{path}{line}: not YAML") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise SettingsError(f"{path}: not a mapping of groups such as `broker: {{url: ...}}`")
    return document
