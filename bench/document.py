"""docs/benchmarks.md, made of the figures: `python -m bench.document RESULTS.json`.

Everything that was measured is there, good or bad; the page knows no figure by name.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.targets import judged
from bench.words import cell, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# What JSON holds has no better type.
Tree = dict[str, Any]

_HEAD = """\
# Benchmarks

What `make bench` measured, all of it; [sizing](sizing.md) has what an operator needs of it. Run it
on your machine: `make bench BENCH_ARGS="small scrape"` takes some of the figures, whose names are
the headings below. `make docs` makes this page of `bench/results.json`.
"""


def page(record: Tree) -> str:
    """Return the page: machine and versions, targets, then a section a figure."""
    figures: dict[str, Tree] = record["figures"]
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    return "\n".join(
        [
            _HEAD,
            *_table(("", ""), [*_pairs((), record["machine"]), ("versions", versions)]),
            "",
            "## Targets",
            "",
            *_targets(figures),
            *(line for name, figure in figures.items() for line in _section(name, figure)),
        ]
    )


def _targets(figures: Mapping[str, Tree]) -> list[str]:
    rows = [
        (f"[{name}](#{name})", each.what, each.wanted, each.measured, each.verdict)
        for name, figure in figures.items()
        for each in judged(figure["target"], figure["found"])
    ]
    return _table(("figure", "what", "target", "measured", ""), rows)


def _section(name: str, figure: Tree) -> Iterator[str]:
    yield from ("", f"## {name}", "", figure["about"], "")
    rows = [
        *_pairs((), figure["found"]),
        ("measured", f"{figure['at']}, within {figure['took_seconds']} s"),
        ("load of the machine before", cell((), figure["load_at_start"])),
    ]
    yield from _table(("", ""), rows)
    yield from _inner((), figure["found"])


def _inner(path: tuple[str, ...], tree: Tree) -> Iterator[str]:
    """Yield what is nested: members that are alike as rows of one table, others one by one."""
    nested = {key: value for key, value in tree.items() if _is_nested(value)}
    flat = {key: value for key, value in nested.items() if not any(map(_is_nested, value.values()))}
    for columns in dict.fromkeys(map(tuple, flat.values())):
        rows = {key: value for key, value in flat.items() if tuple(value) == columns}
        yield ""
        yield from _table(
            (words(*path), *map(words, columns)),
            [(words(key), *_cells((*path, key), value)) for key, value in rows.items()],
        )
    for key, value in nested.items():
        if key in flat:
            continue
        if pairs := _pairs((*path, key), value):
            yield ""
            yield from _table((words(*path, key), ""), pairs)
        yield from _inner((*path, key), value)


def _is_nested(value: object) -> bool:
    return isinstance(value, dict) and bool(value)


def _pairs(path: tuple[str, ...], values: Tree) -> list[tuple[str, str]]:
    """Return the values that are not nested, with what they are."""
    return [
        (words(key), cell((*path, key), value))
        for key, value in values.items()
        if not _is_nested(value)
    ]


def _cells(path: tuple[str, ...], values: Tree) -> list[str]:
    return [cell((*path, key), value) for key, value in values.items()]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


if __name__ == "__main__":
    print(page(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
