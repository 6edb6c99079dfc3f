"""The log: one line per event, logfmt or JSON, on standard error, never with a URL's password.

Modules log with the standard library: the message names the event, `extra` holds its fields,
`logger.info("scan finished", extra={"seconds": 0.03})`.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import TYPE_CHECKING

from exporter.rfc3339 import rfc3339
from exporter.urls import redact

if TYPE_CHECKING:
    from typing import TextIO

_STANDARD = frozenset(
    {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "color_message"}
)
_BARE = re.compile(r'[^\s"=\\\x00-\x1f\x7f]+')
_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9_.]")


class JsonFormatter(logging.Formatter):
    """A JSON object a line: ts, level, logger, event, then the event's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        return json.dumps(self.fields(record), ensure_ascii=False)

    def fields(self, record: logging.LogRecord) -> dict[str, str | int | float | None]:
        """What is known of the event, in the order in which it is printed."""
        fields = {
            "ts": rfc3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        fields |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return {name: _plain(value) for name, value in fields.items()}


class LogfmtFormatter(JsonFormatter):
    """The same fields as `ts=... level=info event="scan finished" seconds=0.03`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        return " ".join(
            f"{_NOT_IN_A_KEY.sub('_', name)}={_logfmt(value)}"
            for name, value in self.fields(record).items()
        )


FORMATTERS = {"logfmt": LogfmtFormatter, "json": JsonFormatter}


def configure(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send every logger's events to `stream` (standard error by default).

    `level` holds for the exporter's own; of the libraries only warnings and worse are shown,
    since their lower levels print statements and messages with the data of investigations.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(FORMATTERS[form]())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(__package__).setLevel(level.upper())
    logging.captureWarnings(capture=True)


def _plain(value: object) -> str | int | float | None:
    return value if isinstance(value, int | float | None) else redact(str(value))


def _logfmt(value: str | float | None) -> str:
    if isinstance(value, str):
        return value if _BARE.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
