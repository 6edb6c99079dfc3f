"""What went wrong, as the one line that an operator reads."""

from __future__ import annotations

import click

ERROR, USAGE, STUCK, INCOMPLETE = 1, 2, 3, 4
"""Exit codes, as those of the exporter's own `scan` and `repair`.

STUCK: something is stuck, or still is after a repair. 0: nothing is.
"""


class Failure(click.ClickException):
    """Something that an operator can act on; click prints it and ends with its exit code."""

    exit_code = ERROR

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class UsageFailure(Failure):
    """An option, or the file that it names, is wrong."""

    exit_code = USAGE
