"""`files`: the rules, configurations, runbooks and dashboards that came along, listed or copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.errors import Exit, FilesDifferError, FilesUnwritableError, SettingsError
from exporter.shipped.contents import filled, names

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from exporter.settings import Settings

_PLACES = ("exporter", "alertmanager", "token")
# More than these would hide what the line says.
_NAMED = 3


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print the files' names, or copy them into `options.directory` where that is given.

    Further options: `exporter`, `alertmanager` and `token`, the places to fill in (None: as
    shipped), and `force`. Raises FilesDifferError before anything is written, FilesUnwritableError.
    """
    places = {place: getattr(options, place) for place in _PLACES if getattr(options, place)}
    if options.directory is not None:
        _copy(options.directory, {name: filled(name, **places) for name in names()}, options.force)
        return Exit.OK
    if places or options.force:
        raise SettingsError("copy the files where to? Give a DIRECTORY")
    for name in names():
        print(name)
    return Exit.OK


def _copy(directory: Path, texts: Mapping[str, str], force: bool) -> None:  # noqa: FBT001  the flag
    there = {name: _text(directory / name) for name in texts}
    wanted = [name for name, text in texts.items() if there[name] != text]
    differing = [name for name in wanted if there[name] is not None]
    if differing and not force:
        message = (
            f"{_listed(directory, differing)} differ from what would be written: nothing was; "
            "--force replaces them"
        )
        raise FilesDifferError(message)
    for name in wanted:
        _write(directory / name, texts[name])
    unchanged = len(texts) - len(wanted)
    print(f"{len(wanted)} files written to {directory}, {unchanged} were there and the same")


def _text(path: Path) -> str | None:
    """What the file holds (bytes that are no text stand out); None where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="backslashreplace")
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"{path} cannot be compared: {error.strerror}"
        raise FilesUnwritableError(message) from error


def _write(path: Path, text: str) -> None:
    """Write it whole or not at all."""
    begun = path.with_name(f".{path.name}.begun")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            begun.write_text(text, encoding="utf-8")
            begun.replace(path)
        finally:
            begun.unlink(missing_ok=True)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise FilesUnwritableError(message) from error


def _listed(directory: Path, named: Sequence[str]) -> str:
    shown = ", ".join(str(directory / name) for name in named[:_NAMED])
    more = len(named) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
