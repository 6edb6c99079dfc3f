"""The log: one line per event, in logfmt or JSON, without passwords."""

from __future__ import annotations

import io
import json
import logging
import warnings
from typing import TYPE_CHECKING

import pytest

from exporter import logs

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    """Logging is one for the whole process: put it back as it was."""
    root, own = logging.getLogger(), logging.getLogger("exporter")
    before = root.handlers[:], root.level, own.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:], level, own_level = before
    root.setLevel(level)
    own.setLevel(own_level)


def logged(form: str, message: str, **fields: object) -> str:
    """What one event of the exporter's own looks like."""
    stream = io.StringIO()
    logs.configure("info", form, stream)
    logging.getLogger("exporter.test").info(message, extra=fields)
    return stream.getvalue()


def test_logfmt_names_the_event_and_its_fields() -> None:
    """Bare words stay bare, everything else is quoted, in one line."""
    line = logged("logfmt", "scan finished", seconds=0.25, ok=True, worker="celery@w1", none=None)
    ts, _, rest = line.partition(" ")
    assert ts.startswith("ts=")
    assert ts.endswith("Z")
    assert rest == (
        'level=info logger=exporter.test event="scan finished" '
        "seconds=0.25 ok=true worker=celery@w1 none=null\n"
    )


def test_json_has_the_same_fields() -> None:
    """As JSON each event is one object."""
    event = json.loads(logged("json", "scan finished", seconds=0.25, where=("a", "b")))
    del event["ts"]
    assert event == {
        "level": "info",
        "logger": "exporter.test",
        "event": "scan finished",
        "seconds": 0.25,
        "where": "('a', 'b')",
    }


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_an_event_is_one_line(form: str) -> None:
    """No value can break out of its line or pass for another event."""
    line = logged(form, 'lost\nlevel=info event="all well"', text='a"b\\c\r\n', **{"odd key": 1})
    assert line.count("\n") == 1
    assert "\r" not in line


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_passwords_are_never_logged(form: str) -> None:
    """Neither message nor field nor traceback shows a URL's password."""
    stream = io.StringIO()
    logs.configure("info", form, stream)
    url = "redis://:hunter2@h/0"
    try:
        int(url)
    except ValueError:
        logging.getLogger("exporter").exception("lost %s", url, extra={"url": url, "all": [url]})
    assert "hunter2" not in stream.getvalue()
    assert "Traceback" in stream.getvalue()
    assert stream.getvalue().count("\n") == 1


def test_levels_hold_for_the_exporter_and_libraries_only_warn() -> None:
    """Libraries' chatter, which may show data of investigations, stays out even when debugging."""
    stream = io.StringIO()
    logs.configure("debug", "logfmt", stream)
    logging.getLogger("exporter.scan").debug("seen")
    logging.getLogger("sqlalchemy.engine").info("SELECT secrets")
    logging.getLogger("kombu").warning("noticed")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("outdated", stacklevel=1)
    logs.configure("error", "logfmt", stream)
    logging.getLogger("exporter.scan").warning("not important enough")
    events = [line.split("event=")[1].split()[0] for line in stream.getvalue().splitlines()]
    assert events[:2] == ["seen", "noticed"]
    assert "outdated" in events[2] or "outdated" in stream.getvalue().splitlines()[2]
    assert len(events) == 3
