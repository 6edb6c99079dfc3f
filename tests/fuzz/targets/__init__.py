"""Every reader that is fuzzed, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.targets import (
    answers,
    events,
    history,
    journal,
    messages,
    names,
    settings_yaml,
    timesketch_conf,
    tokens,
    web_config,
    webhook,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fuzz.target import Target

TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        messages.TARGET,
        answers.TARGET,
        events.TARGET,
        timesketch_conf.TARGET,
        settings_yaml.TARGET,
        web_config.TARGET,
        tokens.TARGET,
        webhook.TARGET,
        journal.TARGET,
        history.TARGET,
        names.TARGET,
    )
}
