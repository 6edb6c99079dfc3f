"""docs/metrics.md, made from the catalogue; printed by `python -m exporter.metrics.document`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from exporter.metrics.catalogue import CATALOGUE

if TYPE_CHECKING:
    from exporter.metrics.declaration import Declaration

_INTRODUCTION = """\
# Metrics

Made from `exporter/metrics/catalogue.py`; `make docs` writes it anew.

Every label value named here exists from the first series on, with the value 0. What is not known
has no series or says `unknown`; it is never 0. Timestamps are Unix seconds, so an age is
`time() - metric`. The usual `process_`, `python_info` and `python_gc_` metrics stand beside these.
"""


def document() -> str:
    """The whole document."""
    return "\n".join([_INTRODUCTION, *map(_section, CATALOGUE)])


def _section(declaration: Declaration) -> str:
    lines = [f"## `{declaration.name}`", "", f"{declaration.kind.capitalize()}. {declaration.help}"]
    if declaration.absent:
        lines += ["", f"No series {declaration.absent}."]
    if declaration.labels:
        lines += ["", "| label | values |", "|---|---|"]
        lines += [f"| `{label}` | {_values(declaration, label)} |" for label in declaration.labels]
    return "\n".join([*lines, ""])


def _values(declaration: Declaration, label: str) -> str:
    fixed = declaration.values.get(label)
    return ", ".join(f"`{value}`" for value in fixed) if fixed else "any"


if __name__ == "__main__":
    sys.stdout.write(document())
