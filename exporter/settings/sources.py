"""Where settings come from: flags, then the environment, the YAML file, timesketch.conf, defaults.

Values stay texts, each with the place it came from, until all sources are read; so every problem
is found in one go and each names the flag, variable or line to look at.
"""

from __future__ import annotations

import re
from collections import ChainMap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from exporter import timesketch_conf
from exporter.errors import SettingsError
from exporter.settings import state
from exporter.settings.catalogue import BY_FIELD, BY_NAME, SETTINGS, VARIABLE_PREFIX, nearest
from exporter.settings.groups import Settings
from exporter.settings.yaml_file import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

TIMESKETCH_SETTINGS = "TIMESKETCH_SETTINGS"

_ADDRESSES = {
    "database": timesketch_conf.DATABASE,
    "broker": timesketch_conf.BROKER,
    "results": timesketch_conf.RESULTS,
}
# Every address that may stand in a file of its own; the setting that names the file ends in -file.
_URLS = (
    *(f"{group}.url" for group in _ADDRESSES),
    *("opensearch.url", "repair.database-url", "journal.url"),
)
_OPTIONS = {
    "broker": timesketch_conf.BROKER_OPTIONS,
    "results": timesketch_conf.RESULTS_OPTIONS,
}
# What Kubernetes puts into every container once a Service is called timesketch-exporter.
_SERVICE_LINK = re.compile(VARIABLE_PREFIX + r"(SERVICE_(HOST|PORT\w*)|PORT(_\d+_(TCP|UDP)\w*)?)")
# Those of contrib/tsctl, which an operator may have set in the same shell.
_TSCTL = frozenset({f"{VARIABLE_PREFIX}API_URL", f"{VARIABLE_PREFIX}API_TOKEN_FILE"})
# In words, by pydantic's types of error.
_WRONG = {
    "value_error": "{error}",
    "greater_than": "is not greater than {gt:g}",
    "less_than_equal": "is greater than {le:g}",
    "decimal_parsing": "is not a number",
    "decimal_type": "is not a number",
    "finite_number": "is not a duration",
    "literal_error": "is not one of {expected}",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "string_type": "is not a text",
    "too_short": "names nothing",
}


@dataclass(frozen=True, slots=True)
class Given:
    """A value and where it was given, as messages name the place."""

    value: object
    origin: str


def load(flags: Mapping[str, str], environ: Mapping[str, str]) -> Settings:
    """The settings from flags (by dotted name, `broker.url`), environment and files.

    Raises SettingsError with a line for every problem.
    """
    problems = _unknown_variables(environ)
    given = ChainMap(
        {name: Given(value, f"--{name}") for name, value in flags.items()},
        {
            setting.name: Given(environ[setting.variable], setting.variable)
            for setting in SETTINGS
            if environ.get(setting.variable)
        },
    )
    try:
        given.maps.append(_from_yaml(given))
    except SettingsError as error:
        problems.append(str(error))
    given.maps.append({})
    problems += _take_url_files(given)
    problems += _take_timesketch_config(given, environ)
    _take_state_directory(given, environ)
    settings = _validated(given, problems)
    if problems or settings is None:
        raise SettingsError("\n".join(problems))
    return settings


def _unknown_variables(environ: Mapping[str, str]) -> list[str]:
    known = {setting.variable for setting in SETTINGS}
    return [
        f"unknown variable {variable}{nearest(variable, known)}"
        for variable in sorted(environ)
        if variable.startswith(VARIABLE_PREFIX)
        and variable not in known
        and variable not in _TSCTL
        and not _SERVICE_LINK.fullmatch(variable)
    ]


def _from_yaml(given: Mapping[str, Given]) -> dict[str, Given]:
    file = given.get("config.file")
    if file is None:
        return {}
    values = read_yaml(Path(str(file.value)))
    return {name: Given(value, f"{file.value}: {name}") for name, value in values.items()}


def _take_url_files(given: ChainMap[str, Given]) -> list[str]:
    """Read the address files that are named, into the weakest source."""
    problems = []
    for name in _URLS:
        url, file = given.get(name), given.get(f"{name}-file")
        if file is None:
            continue
        if url is not None:
            problems.append(f"{url.origin} and {file.origin} are both given; give one of them")
            continue
        try:
            address = _first_line(Path(str(file.value)))
        except SettingsError as error:
            problems.append(f"{file.origin}: {error}")
        else:
            given.maps[-1][name] = Given(address, f"{file.origin} {file.value}")
    return problems


def _first_line(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not a text file") from error
    lines = text.strip().splitlines()
    if not lines:
        raise SettingsError(f"{path} is empty; its first line should be the URL")
    return lines[0].strip()


def _take_timesketch_config(given: ChainMap[str, Given], environ: Mapping[str, str]) -> list[str]:
    """Take from timesketch.conf what nothing else gives, into the weakest source.

    Options belong to the server behind an address, by whatever name it is reached: they are taken
    even where another source gives the address.
    """
    file = given.get("timesketch.config")
    if file is None and environ.get(TIMESKETCH_SETTINGS):
        file = Given(environ[TIMESKETCH_SETTINGS], TIMESKETCH_SETTINGS)
        given.maps[-1]["timesketch.config"] = file
    if file is None:
        return []
    try:
        config = timesketch_conf.read(Path(str(file.value)))
    except SettingsError as error:
        return [f"{file.origin}: {error}"]
    wanted = [
        *((f"{group}.url", name, config.text) for group, name in _ADDRESSES.items()),
        *((f"{group}.transport-options", name, config.options) for group, name in _OPTIONS.items()),
    ]
    problems = []
    for setting, name, read in wanted:
        if setting in given or f"{setting}-file" in given:
            continue
        try:
            found = read(name)
        except SettingsError as error:
            problems.append(f"{file.origin}: {error}")
            continue
        if found is not None:
            origin = f"{file.value}, line {found.line}: {name}"
            given.maps[-1][setting] = Given(found.value, origin)
    return problems


def _take_state_directory(given: ChainMap[str, Given], environ: Mapping[str, str]) -> None:
    """The journal that nothing else names lies in the state directory."""
    url = state.journal_url(environ)
    if url is not None and "journal.url" not in given and "journal.url-file" not in given:
        given.maps[-1]["journal.url"] = Given(url, "the journal in the state directory")


def _validated(given: Mapping[str, Given], problems: list[str]) -> Settings | None:
    groups: dict[str, dict[str, object]] = {}
    for name, value in given.items():
        setting = BY_NAME[name]
        groups.setdefault(setting.group, {})[setting.field] = value.value
    try:
        return Settings.model_validate(groups)
    except ValidationError as error:
        problems += [_problem(details, given) for details in error.errors()]
        return None


def _problem(details: ErrorDetails, given: Mapping[str, Given]) -> str:
    """One line for one wrong value, which is shown unless it may hold a secret."""
    group, field = details["loc"][:2]
    setting = BY_FIELD[str(group), str(field)]
    wrong = given[setting.name]
    shown = "" if setting.kind in {"URL", "JSON"} else f" {wrong.value!r}"
    template = _WRONG.get(details["type"], "is wrong")
    return f"{wrong.origin}:{shown} {template.format_map(details.get('ctx', {}))}"
