"""The contract with Timesketch's tasks: their names, their arguments, and Celery's settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from exporter import timesketch_conf
from exporter.observe.timesketch_tasks import (
    ANALYZER,
    CHAIN_HEAD,
    IMPORT_ARGUMENTS,
    NAMES,
    TELLING,
    Subject,
    followers,
    short_name,
    subject,
)
from tests.timesketch.configuration import write_configuration
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.timesketch.forge import Forge

MODULE = "timesketch.lib.tasks."
# Tasks that work on no timeline and on no analysis.
OTHERS = {"find_data_task", "run_email_result_task"}
NOWHERE = "redis://127.0.0.1:1/0"
KINDS = {"csv": "run_csv_jsonl", "jsonl": "run_csv_jsonl", "plaso": "run_plaso"}
OPTIONS = {
    timesketch_conf.BROKER_OPTIONS: {"global_keyprefix": "broker"},
    timesketch_conf.RESULTS_OPTIONS: {"global_keyprefix": "results"},
    "CELERY_BROKER_TRANSPORT_OPTIONS": {"global_keyprefix": "overlooked"},
}


@pytest.fixture(scope="module")
def timesketch(forge: Forge, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what Timesketch says of its own tasks; see inside/signatures.py for the shape."""
    directory = tmp_path_factory.mktemp("signatures")
    configuration, path = directory / "timesketch.conf", directory / "signatures.json"
    (directory / "uploads").mkdir()
    settings = {
        "SECRET_KEY": "a secret of this test",
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{directory / 'timesketch.db'}",
        "UPLOAD_FOLDER": str(directory / "uploads"),
        "CELERY_BROKER_URL": NOWHERE,
        "CELERY_RESULT_BACKEND": NOWHERE,
        "AUTO_SKETCH_ANALYZERS": ["gcp_logging", "win_crash"],
        **OPTIONS,
    }
    write_configuration(forge.environment.data / "timesketch.conf", configuration, settings)
    environment = {"TIMESKETCH_SETTINGS": str(configuration)}
    process = forge.script("signatures.py", [str(path)], name="signatures", env=environment)
    until(
        lambda: path.exists() or not process.alive(),
        f"Timesketch's tasks are read (see {process.log})",
        timeout=60,
    )
    assert path.exists(), process.log.read_text()
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.fixture(scope="module")
def parameters(timesketch: dict[str, Any]) -> Mapping[str, Sequence[str]]:
    """Return the names of each task's parameters."""
    return {short_name(name): names for name, names in timesketch["parameters"].items()}


def told(names: Sequence[str], **ids: int) -> dict[str, object]:
    """An argument for each parameter: its id if it has one, else its own name."""
    return {name: ids.get(name, name) for name in names}


def test_names(timesketch: dict[str, Any]) -> None:
    """Timesketch has the tasks that we know, those that concern nobody, and no others."""
    assert set(timesketch["parameters"]) == {MODULE + name for name in NAMES | OTHERS}


@pytest.mark.parametrize("task", sorted(IMPORT_ARGUMENTS))
def test_import(task: str, parameters: Mapping[str, Sequence[str]]) -> None:
    """Timeline and index of an import are where we look, by position and by keyword."""
    assert len(parameters[task]) == IMPORT_ARGUMENTS[task]
    assert {parameters[task][position] for position in TELLING} == {"timeline_id", "index_name"}
    arguments = told(parameters[task], timeline_id=4711)
    expected = Subject(timeline_id=4711, index_name="index_name")
    assert subject(MODULE + task, list(arguments.values()), {}) == expected
    assert subject(MODULE + task, [], arguments) == expected


def test_analyzer(parameters: Mapping[str, Sequence[str]]) -> None:
    """Analysis, sketch and index of an analyzer are where we look, by position and by keyword."""
    arguments = told(parameters[ANALYZER], analysis_id=4711, sketch_id=42, timeline_id=7)
    expected = Subject(analysis_id=4711, sketch_id=42, index_name="index_name")
    assert subject(MODULE + ANALYZER, list(arguments.values()), {}) == expected
    assert subject(MODULE + ANALYZER, [], arguments) == expected


def test_chain_head(parameters: Mapping[str, Sequence[str]]) -> None:
    """What comes between an import and its analyses has the index as its only argument."""
    assert parameters[CHAIN_HEAD] == ["index_name_list"]
    assert subject(MODULE + CHAIN_HEAD, ["an-index"], {}) == Subject(index_name="an-index")
    assert subject(MODULE + CHAIN_HEAD, [], {"index_name_list": ["an-index"]}) == Subject(
        index_name="an-index"
    )


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_upload(kind: str, timesketch: dict[str, Any]) -> None:
    """What Timesketch sends for an upload names its timeline, and its analyses in their order."""
    sent = timesketch["sent"][kind]
    first, *behind = sent["signatures"]
    assert first["task"] == MODULE + KINDS[kind]
    assert first["kwargs"] == {}
    assert len(first["args"]) == IMPORT_ARGUMENTS[KINDS[kind]]
    assert subject(first["task"], first["args"], {}) == Subject(
        timeline_id=sent["timeline"], index_name=sent["index"]
    )
    assert [short_name(each["task"]) for each in behind] == [CHAIN_HEAD, ANALYZER, ANALYZER]
    assert list(followers({"chain": behind[::-1]})) == sent["analyses"]


def test_transport_options(timesketch: dict[str, Any]) -> None:
    """Celery takes transport options by the names that we read, and overlooks the one we do not."""
    assert timesketch["broker_transport_options"] == {"global_keyprefix": "broker"}
    assert timesketch["results_transport_options"] == {"global_keyprefix": "results"}
