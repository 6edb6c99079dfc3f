"""Settings, variables, metrics, alerts and files that a document names exist."""

from __future__ import annotations

import re

import pytest
import yaml

from exporter.metrics.catalogue import CATALOGUE
from exporter.settings import durations
from exporter.settings.catalogue import BY_NAME, GROUPS, SETTINGS, VARIABLE_PREFIX
from tests.alerts.rules import SHIPPED
from tests.docs.pages import DOCS, PAGES, ROOT, Page

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)

_LABELS = {declaration.name: set(declaration.labels) for declaration in CATALOGUE}
_FILES = (".db", ".conf", ".yml")
# Users of databases; the part for tsctl; what is fuzzed.
_NO_METRICS = {
    "timesketch_conf",
    "timesketch_default",
    "timesketch_exporter",
    "timesketch_journal",
    "timesketch_repair",
    "timesketch_exporter_tsctl",
}
_TSCTL = ROOT / "contrib" / "tsctl" / "timesketch_exporter_tsctl"
_SETTING = re.compile(rf"(?:--)?(?P<name>(?:{'|'.join(GROUPS)})\.[a-z][a-z.-]*)(?:[= ].*)?")
_DEFAULT = re.compile(r"`(?P<name>[a-z]+\.[a-z-]+)` \((?P<number>\d+) (?P<unit>s|min|h)\)")
_METRIC = re.compile(r"\b(?P<name>timesketch_[a-z_]*[a-z])\b(?:{(?P<labels>[^}]*)})?")
# What begins with a dot is made by somebody's programs.
_TOP = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}


@each_page
def test_settings(page: Page) -> None:
    """A dotted name that begins like a setting, in backticks, is one, or else that of a file."""
    matches = (_SETTING.fullmatch(span) for span in page.spans)
    named = {match["name"] for match in matches if match}
    assert {name for name in named if not name.endswith(_FILES)} <= set(BY_NAME)


@each_page
def test_defaults(page: Page) -> None:
    """A duration in brackets behind a setting is its default."""
    for match in _DEFAULT.finditer(page.text):
        told = durations.seconds(f"{match['number']}{match['unit'][0]}")
        assert durations.seconds(BY_NAME[match["name"]].default) == told, match[0]


@each_page
def test_variables(page: Page) -> None:
    """A variable is one of the exporter's, or of its command for tsctl."""
    known = {setting.variable for setting in SETTINGS}
    source = "".join(file.read_text(encoding="utf-8") for file in _TSCTL.glob("*.py"))
    for variable in re.findall(rf"\b{VARIABLE_PREFIX}[A-Z_]+", page.text):
        assert variable in known or f'"{variable}"' in source, variable


@each_page
def test_metrics(page: Page) -> None:
    """A name that begins like a metric is one, and has the labels that stand behind it."""
    for match in _METRIC.finditer(page.text):
        if match["name"] in _NO_METRICS:
            continue
        labels = re.findall(r"(\w+)(?:=|,|$)", re.sub(r'"[^"]*"', "", match["labels"] or ""))
        assert set(labels) <= _LABELS[match["name"]], match[0]


@each_page
def test_alerts(page: Page) -> None:
    """A name that looks like an alert is one."""
    shipped = {rule.name for rule in SHIPPED}
    assert set(re.findall(r"\bTimesketch[A-Z][a-z]\w+", page.text)) <= shipped


@pytest.mark.parametrize(
    "page",
    # That one cites the files of other projects.
    [page for page in PAGES if page.path != DOCS / "comparison.md"],
    ids=lambda page: page.name,
)
def test_files(page: Page) -> None:
    """A path in backticks that begins with a directory of the repository leads to something."""
    for span in page.spans:
        if re.fullmatch(r"[\w./*-]+", span) and "/" in span and span.split("/")[0] in _TOP:
            assert list(ROOT.glob(span)), span


@each_page
def test_configuration_files(page: Page) -> None:
    """A YAML file with groups of settings has no key that is none."""
    for block in page.blocks:
        if block.info == "yaml" and set(content := yaml.safe_load(block.text)) <= set(GROUPS):
            keys = {f"{group}.{key}" for group, values in content.items() for key in values}
            assert keys <= set(BY_NAME)
