"""Timesketch's own configuration file, read without executing it.

timesketch.conf is a Python program that Flask executes. Here it is only parsed: what counts are
assignments, at the file's top level, of literals and of texts put together from literals (`+`, `%`,
`.format`, f-strings), as upstream's own file has them (data/timesketch.conf in Timesketch).

Timesketch hands its whole configuration to Celery (`create_celery_app` in timesketch/app.py), so
Celery's own settings may stand there too, under the old names that fit to `CELERY_RESULT_BACKEND`.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.errors import TimesketchConfigError
from exporter.literals import NotLiteralError, literal_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DATABASE = "SQLALCHEMY_DATABASE_URI"
BROKER = "CELERY_BROKER_URL"
RESULTS = "CELERY_RESULT_BACKEND"
# Celery overlooks CELERY_BROKER_TRANSPORT_OPTIONS, and so does this module.
BROKER_OPTIONS = "BROKER_TRANSPORT_OPTIONS"
RESULTS_OPTIONS = "CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS"

_PLACEHOLDER = re.compile(r"<[A-Z][A-Z0-9_]*>")


@dataclass(frozen=True, slots=True)
class Assigned:
    """What a name was last set to: `value` counts only where `known`."""

    line: int
    known: bool
    value: object = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text found in the file and the line that it is set on."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Options:
    """A mapping found in the file and the line that it is set on."""

    value: Mapping[str, object]
    line: int


@dataclass(frozen=True, slots=True)
class TimesketchConfig:
    """The assignments of one timesketch.conf."""

    path: Path
    names: Mapping[str, Assigned]

    def text(self, name: str) -> Text | None:
        """The text that `name` is set to; None where it is not set, None or empty.

        Raises TimesketchConfigError where only executing the file could tell, or where the value
        is not a usable text.
        """
        assigned = self._known(name, "address")
        if assigned is None:
            return None
        where = self._where(name, assigned)
        if not isinstance(assigned.value, str):
            raise TimesketchConfigError(f"{where} is not a text")
        placeholder = _PLACEHOLDER.search(assigned.value)
        if placeholder:
            raise TimesketchConfigError(
                f"{where} still has the placeholder {placeholder[0]}; is this the file in use?"
            )
        return Text(assigned.value, assigned.line)

    def options(self, name: str) -> Options | None:
        """The mapping that `name` is set to; None where it is not set, None or empty.

        Raises TimesketchConfigError as `text` does.
        """
        assigned = self._known(name, "options")
        if assigned is None:
            return None
        where = self._where(name, assigned)
        if not isinstance(assigned.value, dict):
            raise TimesketchConfigError(f"{where} is not a mapping")
        try:
            # Celery takes lists where it takes tuples, and settings know only the former.
            value = json.loads(json.dumps(assigned.value))
        except TypeError as error:
            raise TimesketchConfigError(
                f"{where} holds more than texts, numbers, lists and mappings"
            ) from error
        return Options(value, assigned.line)

    def _known(self, name: str, what: str) -> Assigned | None:
        assigned = self.names.get(name)
        if assigned is None or (assigned.known and not assigned.value):
            return None
        if not assigned.known:
            raise TimesketchConfigError(
                f"{self._where(name, assigned)} is computed, and this file is read without "
                f"executing it; give the {what} by a flag, a variable or a file of its own"
            )
        return assigned

    def _where(self, name: str, assigned: Assigned) -> str:
        return f"{self.path}, line {assigned.line}: {name}"


def read(path: Path) -> TimesketchConfig:
    """Parse the file; TimesketchConfigError where it is not a configuration of Timesketch."""
    names: dict[str, Assigned] = {}
    for statement in _parse(path).body:
        for name, value in _assignments(statement):
            values = {name: each.value for name, each in names.items() if each.known}
            try:
                known, result = True, literal_value(value, values)
            except NotLiteralError:
                known, result = False, None
            names[name] = Assigned(statement.lineno, known, result)
        for name in _changed_in_place(statement):
            if name in names and isinstance(names[name].value, (dict, list)):
                names[name] = Assigned(statement.lineno, known=False)
    if DATABASE not in names and BROKER not in names:
        raise TimesketchConfigError(
            f"{path}: sets neither {DATABASE} nor {BROKER}, so it is no configuration of Timesketch"
        )
    return TimesketchConfig(path, names)


def _parse(path: Path) -> ast.Module:
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TimesketchConfigError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise TimesketchConfigError(
            f"{path}: not a text file, so it is no configuration of Timesketch"
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of stray escapes, say
            return ast.parse(source)
    # MemoryError is how the parser says that brackets are nested too deeply.
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f"{path}, line {line}" if line else str(path)
        raise TimesketchConfigError(
            f"{where}: not Python, so it is no configuration of Timesketch"
        ) from error


def _assignments(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Every name that the statement sets; None as value where that depends on more than the text.

    What is set inside `if`, `try`, `for` and the like may or may not take place.
    """
    match statement:
        case ast.Assign(targets=targets, value=value) if all(
            isinstance(target, ast.Name) for target in targets
        ):
            yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.AugAssign(target=ast.Name(id=name), op=operator, value=value):
            before = ast.Name(name, ast.Load())
            yield name, ast.BinOp(before, operator, value)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name, None
        case _:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id, None


def _changed_in_place(statement: ast.stmt) -> Iterator[str]:
    """Every name whose value the statement may change without setting it, if that can be changed.

    Such are `options["key"] = 1`, `del options["key"]` and `options.update(...)`.
    """
    for node in ast.walk(statement):
        match node:
            case ast.Subscript(value=changed, ctx=ast.Store() | ast.Del()):
                yield from _names_within(changed)
            case ast.Call(func=ast.Attribute(value=changed)):
                yield from _names_within(changed)


def _names_within(node: ast.expr) -> Iterator[str]:
    return (part.id for part in ast.walk(node) if isinstance(part, ast.Name))
