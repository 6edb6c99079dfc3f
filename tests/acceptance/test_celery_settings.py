"""The settings that docs/graceful-timesketch.md recommends reach Timesketch's Celery, and us."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from exporter.settings import load
from tests.timesketch.configuration import write_configuration
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from tests.timesketch.forge import Forge

_RECOMMENDED = Path(__file__).parents[2] / "deploy" / "timesketch" / "celery.conf"
_NAMES = {
    "CELERYD_TASK_TIME_LIMIT": "task_time_limit",
    "BROKER_TRANSPORT_OPTIONS": "broker_transport_options",
    "CELERYD_PREFETCH_MULTIPLIER": "worker_prefetch_multiplier",
    "CELERY_SEND_EVENTS": "worker_send_task_events",
}
"""What Celery calls each setting today, by the name that holds in timesketch.conf."""

_OVERLOOKED = {
    "CELERY_TASK_TIME_LIMIT": 43200,
    "CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 43200},
    "broker_transport_options": {"visibility_timeout": 43200},
    "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
    "CELERY_WORKER_SEND_TASK_EVENTS": True,
}
_DEFAULTS: dict[str, object] = {
    "task_time_limit": None,
    "broker_transport_options": {},
    "worker_prefetch_multiplier": 4,
    "worker_send_task_events": False,
}


@pytest.fixture
def configuration(tmp_path: Path, forge: Forge) -> Path:
    """Return a timesketch.conf as upstream has it."""
    path = tmp_path / "timesketch.conf"
    settings = {"SECRET_KEY": "a secret", "SQLALCHEMY_DATABASE_URI": "sqlite://"}
    write_configuration(forge.environment.data / "timesketch.conf", path, settings)
    return path


def _celery(configuration: Path, forge: Forge, name: str) -> dict[str, Any]:
    """What Timesketch's Celery has for the settings that we recommend."""
    answer = configuration.with_suffix(".json")
    process = forge.script(
        "celery_settings.py",
        [str(answer), *_NAMES.values()],
        name=name,
        env={"TIMESKETCH_SETTINGS": str(configuration)},
    )
    until(answer.exists, f"Timesketch's Celery is configured (see {process.log})", timeout=60)
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


def test_recommended(configuration: Path, forge: Forge) -> None:
    """Appended to timesketch.conf each reaches Celery, and the visibility time-out us as well."""
    with configuration.open("a") as file:
        file.write(f"{_RECOMMENDED.read_text()}\nCELERY_SEND_EVENTS = True\n")
    wanted = runpy.run_path(str(_RECOMMENDED)) | {"CELERY_SEND_EVENTS": True}
    assert _celery(configuration, forge, "recommended") == {
        name: wanted[old] for old, name in _NAMES.items()
    }
    settings = load({"timesketch.config": str(configuration)}, {})
    assert settings.broker.transport_options == wanted["BROKER_TRANSPORT_OPTIONS"]


def test_newer_names_are_overlooked(configuration: Path, forge: Forge) -> None:
    """Names that look like Celery's of today, in capitals or not, do nothing."""
    with configuration.open("a") as file:
        file.writelines(f"{name} = {value!r}\n" for name, value in _OVERLOOKED.items())
    assert _celery(configuration, forge, "overlooked") == _DEFAULTS
