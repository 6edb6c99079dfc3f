"""The story on a terminal: one picture, kept up to date in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from exporter.demo.board import Board, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.demo.board import Change
    from exporter.demo.screen import StoryClock

_COLOURS = {
    "queued": "blue",
    "reserved": "cyan",
    "running": "green",
    "parked": "magenta",
    "draining": "dark_orange",
    "waiting": "cyan",
    "suspect": "yellow",
    "orphaned": "bold red",
    "unknown": "yellow dim",
    "ready": "green dim",
    "fail": "red dim",
    "up": "green",
    "wedged": "yellow",
    "dead": "bold red",
}
_LOW_TERMINAL = 40


class LiveScreen:
    """A picture of the story so far, the timelines and the workers, with the exporter's address."""

    pause = 3.0

    def __init__(self, console: Console, clock: StoryClock, address: str) -> None:
        self._clock = clock
        self._address = address
        self._scenes: list[tuple[str, str]] = []
        self._quoted = ""
        self._board = Board()
        self._live = Live(
            self, console=console, refresh_per_second=4, vertical_overflow="crop", transient=False
        )

    def scene(self, text: str) -> None:
        """Put another scene under those that were."""
        self._scenes.append((str(self._clock), text))

    def quote(self, text: str) -> None:
        """Draw these lines between story and timelines, instead of former ones."""
        self._quoted = text

    def show(self, board: Board, _changes: Sequence[Change]) -> None:
        """Draw this state from now on."""
        self._board = board

    def __rich_console__(self, console: Console, _options: ConsoleOptions) -> RenderResult:
        """Draw; on a low terminal with the latest scenes only."""
        room = console.height - self._quoted.count("\n")
        scenes = self._scenes if room >= _LOW_TERMINAL else self._scenes[-2:]
        yield Group(
            _heading(self._address),
            _story(scenes),
            *_quote(self._quoted),
            _timelines(self._board.rows, brief=bool(self._quoted)),
            _workers(self._board, str(self._clock)),
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()


def _heading(address: str) -> Text:
    text = Text("timesketch-exporter demo", style="bold")
    for path in ("/", "/metrics"):
        text.append("   ").append(f"{address}{path}", style=f"link {address}{path}")
    return text


def _story(scenes: Sequence[tuple[str, str]]) -> Table:
    """One line for each past scene; the present one whole and bright."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", style="dim")
    grid.add_column(overflow="ellipsis")
    for when, text in scenes[:-1]:
        grid.add_row(when, Text(text.partition(". ")[0].rstrip("."), style="dim", no_wrap=True))
    for when, text in scenes[-1:]:
        grid.add_row(when, Text(text, style="bold"))
    return grid


def _quote(text: str) -> list[Text]:
    """Return the lines as they are, between empty ones; nothing if there are none."""
    if not text:
        return []
    return [Text(), Text(text.rstrip(), no_wrap=True, overflow="crop")]


def _timelines(rows: Sequence[Row], *, brief: bool) -> Table:
    """Return them with their reasons; `brief` gives each no more than a line."""
    table = Table(expand=True, box=box.SIMPLE_HEAD, header_style="dim", border_style="dim")
    table.add_column("", justify="right", style="dim")
    table.add_column("timeline", no_wrap=True)
    table.add_column("Timesketch says", no_wrap=True)
    table.add_column("the exporter says", no_wrap=True)
    table.add_column("because", ratio=1)
    for row in rows:
        verdict = row.verdict or ""
        table.add_row(
            str(row.timeline_id),
            row.name,
            _coloured(row.status),
            _coloured(verdict),
            _because(row, brief=brief),
        )
    return table


def _because(row: Row, *, brief: bool) -> Text:
    """Return the reasons: all of them for an orphan, otherwise what fits into a line."""
    if row.verdict == "orphaned" and not brief:
        return Text(row.reason)
    return Text(row.reason, style="dim", no_wrap=True, overflow="ellipsis")


def _workers(board: Board, now: str) -> Text:
    """Return the last lines: time, workers, waiting analyses, and what evidence is missing."""
    line = Text(f"{now}  ", style="dim")
    for name, state in board.workers:
        line.append(f"{name} ").append_text(_coloured(state)).append("   ")
    for verdict, count in board.analyses:
        line.append(f"analyses {count} ").append_text(_coloured(verdict)).append("   ")
    if board.incomplete_because:
        line.append(f"\n{' ' * 9}no absence is proved: ", style="yellow")
        line.append("; ".join(board.incomplete_because), style="dim")
    return line


def _coloured(word: str) -> Text:
    return Text(word, style=_COLOURS.get(word, ""))
