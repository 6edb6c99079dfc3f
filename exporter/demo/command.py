"""`timesketch-exporter demo`: the whole exporter at work on a small Timesketch of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console

from exporter.demo.lines import LineScreen
from exporter.demo.live import LiveScreen
from exporter.demo.processes import free_port
from exporter.demo.screen import StoryClock
from exporter.demo.stage import Stage, require_extra
from exporter.demo.stopping import StoppedError, Stopping
from exporter.demo.story import Story
from exporter.errors import DemoStoryError, Exit

if TYPE_CHECKING:
    import argparse

    from exporter.demo.screen import Screen
    from exporter.settings import Settings


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Tell the story; stay up afterwards unless `arguments.once`.

    `arguments.port` is where the exporter listens, or None for any free port. Returns 0 once the
    spectator leaves or, with `once`, the story is told. Raises DemoStoryError where a verdict came
    out otherwise, DemoServerError where a server does not start or the extra is missing.
    """
    del settings  # The demonstration brings its own Timesketch; no real one is looked at.
    require_extra()
    port = arguments.port or free_port()
    with Stopping() as stopping, Stage() as stage:
        try:
            with _screen(f"http://127.0.0.1:{port}") as screen:
                story = Story(stage, screen, stopping)
                story.begin(port)
                story.play(pause=0.0 if arguments.once else screen.pause)
                if not arguments.once:
                    story.stay()
        except StoppedError:
            if arguments.once:
                msg = "stopped before the story was told to its end"
                raise DemoStoryError(msg) from None
    return Exit.OK


def _screen(address: str) -> Screen:
    """Return the picture for a terminal, otherwise plain lines."""
    console = Console()
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveScreen(console, StoryClock(), address)
    return LineScreen(sys.stdout, StoryClock(), address)
