"""The YAML file: known keys only, and every mistake told."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.errors import SettingsError
from exporter.settings.yaml_file import read_yaml

FIXTURES = Path(__file__).parents[1] / "fixtures" / "yaml"


def test_values_are_read_by_dotted_name() -> None:
    """Groups become the first part of the name; an empty group is as good as none."""
    values = read_yaml(FIXTURES / "all-kinds.yaml")
    assert values["broker.transport-options"] == {"visibility_timeout": 7200}
    assert values["scan.interval"] == "1m30s"
    assert not any(name.startswith("results") for name in values)


def test_an_empty_file_sets_nothing() -> None:
    """A file of comments is no mistake."""
    assert read_yaml(FIXTURES / "empty.yaml") == {}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("unknown-group.yaml", ": unknown key brokr (did you mean broker?)"),
        ("unknown-key.yaml", ": unknown key broker.ulr (did you mean broker.url?)"),
        ("underscore-in-key.yaml", ": unknown key broker.url_file (did you mean broker.url-file?)"),
        ("names-itself.yaml", ": unknown key config.file"),
        ("not-yaml.yaml", ", line 2: not YAML"),
        ("a-list.yaml", ": not a mapping of groups such as `broker: {url: ...}`"),
        ("group-is-a-text.yaml", ": broker is not a mapping of settings"),
        ("there-is-none.yaml", ": no such file or directory"),
        (".", ": is a directory"),
    ],
)
def test_each_mistake_is_named(name: str, problem: str) -> None:
    """What is wrong with the file is one line, which shows no value."""
    path = FIXTURES / name
    with pytest.raises(SettingsError) as caught:
        read_yaml(path)
    assert str(caught.value) == f"{path}{problem}"


def test_all_mistakes_are_named() -> None:
    """Several mistakes are several lines."""
    with pytest.raises(SettingsError) as caught:
        read_yaml(FIXTURES / "several-mistakes.yaml")
    wrong = [line.split(": ")[1] for line in str(caught.value).splitlines()]
    assert wrong == [
        "unknown key brokr (did you mean broker?)",
        "scan is not a mapping of settings",
        "unknown key judge.gracee (did you mean judge.grace?)",
    ]


def test_a_binary_file_is_told(tmp_path: Path) -> None:
    """A file that is no text is told as such."""
    path = tmp_path / "exporter.yaml"
    path.write_bytes(b"\x80\x81")
    with pytest.raises(SettingsError, match="not a text file"):
        read_yaml(path)


@pytest.mark.parametrize(
    "text",
    [
        "scan: {interval: 2001-99-99}",
        "scan: {interval: 0x_}",
        "scan: {interval: !!bool maybe}",
        "scan: {interval: !!timestamp soon}",
        "broker: " + "[" * 1_500,
    ],
)
def test_values_that_only_look_like_yaml_are_told(tmp_path: Path, text: str) -> None:
    """What PyYAML stumbles over without an error of its own is a mistake of the file's."""
    path = tmp_path / "exporter.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match="not YAML"):
        read_yaml(path)
