"""Prints docs/settings.md, generated from the declarations: `make docs`."""

from __future__ import annotations

import sys

from exporter.settings.catalogue import GROUPS, SETTINGS, Setting

_INTRODUCTION = """\
# Settings

Generated from the declarations in `exporter/settings/` by `make docs`.

Every setting can be given in three ways, and none of them executes anything:

- as a flag, before or after the command: `--broker.url redis://redis:6379/0`
- as an environment variable: `TIMESKETCH_EXPORTER_BROKER__URL=redis://redis:6379/0`
- in a YAML file that `--config.file` (or `TIMESKETCH_EXPORTER_CONFIG__FILE`) names:

  ```yaml
  broker:
    url: redis://redis:6379/0
  ```

Flags win over variables, these over the YAML file, this over what `--timesketch.config` finds in
Timesketch's own configuration, and this over the defaults. A variable that is set but empty counts
as not given. An unknown flag, variable or key is an error, told together with all others.

A flag shows in the list of processes (`ps`) with any password in it. To keep passwords out of it,
give addresses as variables or in the YAML file, or put the URL alone into a file that
`--database.url-file`, `--broker.url-file`, `--results.url-file`, `--opensearch.url-file`,
`--repair.database-url-file` or `--journal.url-file` names. The exporter never prints a password.

| written | means |
|---|---|
| DURATION | `15` or `15s`, `250ms`, `1m30s`, `24h`, `1d`; above 0 |
| LIST | `celery,plaso`; a flag may also be repeated; in YAML a list |
| JSON | `{"visibility_timeout": 7200}`; in YAML a mapping |
| NUMBER | a whole number above 0 |
| SHARE | a number above 0 and up to 1: `0.5` |
| FILE | a path |
| URL | `scheme://user:password@host:port/name` |
"""


def document() -> str:
    """The whole document."""
    return "\n".join([_INTRODUCTION, *map(_group, GROUPS)])


def _group(group: str) -> str:
    rows = [_row(setting) for setting in SETTINGS if setting.group == group]
    head = ["| flag and variable | value | default | |", "|---|---|---|---|"]
    return "\n".join([f"## {group}", "", GROUPS[group].__doc__ or "", "", *head, *rows, ""])


def _row(setting: Setting) -> str:
    value = " or ".join(f"`{choice}`" for choice in setting.choices) or setting.kind
    default = f"`{setting.default}`" if setting.default else ""
    names = f"`{setting.flag}`<br>`{setting.variable}`"
    return f"| {names} | {value} | {default} | {setting.description} |"


if __name__ == "__main__":
    sys.stdout.write(document())
