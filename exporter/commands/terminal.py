"""Where commands print: results on standard output, progress and remarks on standard error."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from exporter.settings import Settings

_WIDTH_OF_FILES = 140


def output() -> Console:
    """Standard output; into a file or pipe, wider than rich's 80 columns unless COLUMNS says so."""
    console = Console(soft_wrap=False, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        return Console(width=_WIDTH_OF_FILES, highlight=False)
    return console


def remarks() -> Console:
    """Standard error: what is not part of the result."""
    return Console(stderr=True, highlight=False)


def hush_log(settings: Settings) -> None:
    """Keep warnings out of a command's output, which says the same better; not when debugging."""
    if settings.log.level != "debug":
        logging.getLogger("exporter").setLevel(logging.ERROR)
