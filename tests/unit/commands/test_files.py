"""`files` lists what came along, and copies it where it is wanted."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest
import yaml

from exporter.cli import main
from exporter.shipped import shipped
from exporter.shipped.contents import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ALERTS = shipped("alerts")
RULES = {f"alerts/rules/{file.name}" for file in (ALERTS / "rules").iterdir()}
RUNBOOKS = {f"alerts/runbooks/{file.name}" for file in (ALERTS / "runbooks").iterdir()}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logging stays as it is."""
    monkeypatch.setattr("exporter.logs.configure", lambda *_: None)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty directory, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a directory each file's name is a line, and only what operators use is there."""
    assert main(["files"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed == names()
    alerts = {name for name in listed if name.startswith("alerts/")}
    assert alerts == {"alerts/prometheus.yml", "alerts/alertmanager.yml"} | RULES | RUNBOOKS
    others = {name for name in listed if name not in alerts}
    assert all(
        name.startswith(("grafana/dashboards/", "grafana/provisioning/", "deploy/systemd/"))
        for name in others
    )


def test_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a directory they are copied as they are, and a second time nothing is written."""
    target = tmp_path / "a" / "b"
    assert main(["files", str(target)]) == 0
    assert set(_found(target)) == set(names())
    for name in names():
        text = (shipped(name.split("/")[0]).parent / name).read_text()
        assert (target / name).read_text() == text
    assert main(["files", str(target)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{len(names())} files written to {target}, 0 were there and the same"
    assert second == f"0 files written to {target}, {len(names())} were there and the same"


def test_places_are_filled(tmp_path: Path) -> None:
    """Addresses and the token's file stand in the copied configurations, and only there."""
    addresses = ["--exporter", "ts:1", "--alertmanager=am.example.org:2", "--token", "/s/t.token"]
    assert main(["files", str(tmp_path), *addresses]) == 0
    prometheus = yaml.safe_load((tmp_path / "alerts/prometheus.yml").read_text())
    assert prometheus["scrape_configs"][0]["static_configs"][0]["targets"] == ["ts:1"]
    managers = prometheus["alerting"]["alertmanagers"][0]["static_configs"]
    assert managers[0]["targets"] == ["am.example.org:2"]
    receivers = yaml.safe_load((tmp_path / "alerts/alertmanager.yml").read_text())["receivers"]
    (hook,) = receivers[1]["webhook_configs"]
    assert hook["url"] == "http://ts:1/webhook"
    assert hook["http_config"]["authorization"]["credentials_file"] == "/s/t.token"
    for name in RULES | RUNBOOKS:
        assert (tmp_path / name).read_text() == (ALERTS.parent / name).read_text()


def test_what_differs_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file that was changed holds all of them back, until --force replaces it."""
    changed = tmp_path / "alerts" / "rules" / "workers.yml"
    changed.parent.mkdir(parents=True)
    changed.write_bytes(b"mine: \xff\n")
    assert main(["files", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"timesketch-exporter: {changed} differ from what would be written: nothing was; "
        "--force replaces them\n"
    )
    assert set(_found(tmp_path)) == {"alerts/rules/workers.yml"}
    assert main(["files", str(tmp_path), "--force"]) == 0
    assert changed.read_text() == (ALERTS / "rules" / "workers.yml").read_text()
    assert set(_found(tmp_path)) == set(names())


def test_many_that_differ_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where much differs, some of it is named."""
    assert main(["files", str(tmp_path)]) == 0
    for name in RULES:
        (tmp_path / name).write_text("mine")
    assert main(["files", str(tmp_path)]) == 1
    third = sorted(RULES)[2]
    assert f"{third} and {len(RULES) - 3} more differ" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--force"], 2, "copy the files where to? Give a DIRECTORY"),
        (["--exporter=ts:1"], 2, "copy the files where to? Give a DIRECTORY"),
        (["D", "--exporter=ts"], 2, "--exporter: 'ts' is not a host and port such as localhost:"),
        (["D", "--alertmanager=a]:1"], 2, "--alertmanager: 'a]:1' is not a host and port"),
        (["D", "--token=/a: b"], 2, "--token: '/a: b' has more in it than letters, digits and"),
        (["file"], 1, "file/alerts/prometheus.yml cannot be compared: Not a directory"),
        (["taken"], 1, "taken/alerts/prometheus.yml cannot be compared: Is a directory"),
        (["/proc/none"], 1, "/proc/none/alerts/prometheus.yml cannot be written: No such file"),
    ],
)
def test_what_cannot_be_done_is_a_line(
    capsys: pytest.CaptureFixture[str], here: Path, arguments: list[str], code: int, words: str
) -> None:
    """Whatever is asked wrongly or cannot be written is one line, and leaves nothing behind."""
    (here / "file").touch()
    (here / "taken/alerts/prometheus.yml").mkdir(parents=True)
    assert main(["files", *arguments]) == code
    error = capsys.readouterr().err
    assert error.startswith(f"timesketch-exporter: {words}")
    assert error.count("\n") == 1
    assert set(_found(here)) == {"file"}


def test_nothing_half_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no room is left the file that is there stays as it was."""
    kept = tmp_path / "alerts" / "prometheus.yml"
    kept.parent.mkdir()
    kept.write_text("mine")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        assert main(["files", str(tmp_path), "--force"]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "alerts/prometheus.yml cannot be written: File too large" in capsys.readouterr().err
    assert _found(tmp_path) == {"alerts/prometheus.yml": "mine"}


def _found(directory: Path) -> Mapping[str, str]:
    """All files below a directory, by name."""

    def files() -> Iterator[Path]:
        return (path for path in directory.rglob("*") if path.is_file())

    return {
        file.relative_to(directory).as_posix(): file.read_text(errors="replace") for file in files()
    }
