"""`serve` without database and broker: it serves, says so, and ends in time."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.integration.commands.serving import NOWHERE, PATIENCE, Serving, run, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
DRAINS_WITHIN = 5.0


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One process for all tests that only ask it."""
    serving = serve(tmp_path_factory.mktemp("alone"), NOWHERE)
    yield serving
    serving.process.stop()


def test_says_that_its_sources_are_down(alone: Serving) -> None:
    """With nothing to read it serves, claims nothing, and says which sources are down."""
    assert alone.value("timesketch_exporter_source_up", source="database") == 0
    assert alone.value("timesketch_exporter_source_up", source="broker") == 0
    assert alone.value("timesketch_orphaned_timelines") is None
    assert alone.value("timesketch_workers", state="up") is None
    failures = alone.value("timesketch_exporter_scan_failures_total", source="database")
    assert failures is not None
    assert failures >= 1


def test_log_has_one_line_an_event_and_no_secret(alone: Serving) -> None:
    """What is down is logged without a traceback and without a password."""
    log = alone.log()
    assert "source down" in log
    assert "Traceback" not in log
    assert "secret" not in log


def test_health_is_good_whatever_is_down(alone: Serving) -> None:
    """The process is healthy, over HTTP and for the health command."""
    assert alone.get("/-/healthy").status_code == 200
    asked = run("health", f"--web.listen-address=:{alone.port}", settings={})
    assert (asked.returncode, asked.stdout) == (0, "timesketch-exporter is healthy\n")


def test_landing_page_names_what_is_down(alone: Serving) -> None:
    """The page for people says that the database cannot be read, without the password."""
    page = alone.get("/").text
    assert "database cannot be read" in page
    assert "secret" not in page


@pytest.mark.parametrize("accept", ["", "text/plain", PROMETHEUS_3])
def test_scrape_has_a_content_type_that_prometheus_takes(alone: Serving, accept: str) -> None:
    """Whatever is accepted, the content type is one of Prometheus's formats."""
    content_type = alone.get("/metrics", accept=accept).headers["content-type"]
    wanted = "application/openmetrics-text;" if accept == PROMETHEUS_3 else "text/plain; version="
    assert content_type.startswith(wanted)


def test_promtool_finds_nothing_to_complain_about(alone: Serving) -> None:
    """`promtool check metrics` is content with the live endpoint."""
    promtool = shutil.which("promtool")
    assert promtool is not None, "install Debian's package prometheus"
    checked = subprocess.run(
        [promtool, "check", "metrics"],
        input=alone.get("/metrics").text,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_hundred_scrapes_at_once(alone: Serving) -> None:
    """A hundred scrapes at the same time are all answered in full."""
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: alone.get("/metrics"), range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert all("timesketch_exporter_build_info" in answer.text for answer in answers)


def test_port_in_use_is_one_line(alone: Serving) -> None:
    """A second exporter on the same port says so in a line and ends with 1."""
    second = run("serve", f"--web.listen-address=127.0.0.1:{alone.port}", settings=NOWHERE)
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"cannot listen on 127.0.0.1:{alone.port}: Address already in use;" in second.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_in_time(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM and Ctrl-C end it within 5 s with exit code 0, open connections or not."""
    serving = serve(tmp_path, NOWHERE)
    # One that was opened and says nothing, one that is kept alive after a request.
    with (
        socket.create_connection(("127.0.0.1", serving.port)),
        socket.create_connection(("127.0.0.1", serving.port)) as kept,
    ):
        kept.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        assert kept.recv(1000).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        serving.process.send(number)
        assert serving.process.wait(PATIENCE) == 0, serving.log()
        assert time.monotonic() - began < DRAINS_WITHIN
    assert "Traceback" not in serving.log()


def test_scan_without_a_database_is_one_line() -> None:
    """`scan` and `explain` without a database say so in one line and end with 1."""
    for arguments in (("scan",), ("scan", "--output", "json"), ("explain", "1")):
        ended = run(*arguments, settings=NOWHERE)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr.count("\n") == 1
        assert "Connection refused" in ended.stderr
        assert "secret" not in ended.stderr


def test_check_without_servers_fails_line_by_line() -> None:
    """`check` says of each thing that it is away and ends with 1."""
    ended = run("check", settings=NOWHERE)
    assert ended.returncode == 1
    assert "✗ database connection" in ended.stdout
    assert "✗ broker " in ended.stdout
    assert "✗ result backend" in ended.stdout
    assert "secret" not in ended.stdout + ended.stderr


def test_health_without_an_exporter() -> None:
    """`health` says in one line that nothing answers, and ends with 1."""
    ended = run("health", "--web.listen-address=127.0.0.1:1", settings={})
    assert ended.returncode == 1
    assert "no exporter answers at 127.0.0.1:1" in ended.stderr
    assert ended.stderr.count("\n") == 1
