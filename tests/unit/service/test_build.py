"""Settings become rules and sources."""

from __future__ import annotations

import subprocess
import sys

import pytest

from exporter.errors import BrokerUrlError
from exporter.service.build import build_observer, results_of, rules_of, sources_of
from exporter.settings import Settings
from exporter.settings.groups import Broker, Database, Judge, Results, Workers
from exporter.settings.progress_groups import Limits, OpenSearch
from exporter.snapshot import Source


def test_rules_are_the_settings() -> None:
    """Every rule that an operator may set reaches the judge."""
    rules = rules_of(
        Settings(
            judge=Judge(grace=1.0, confirm_after=2.0, stalled_after=3.0),
            workers=Workers(drain_timeout=4.0, forget_after=5.0, ignored_clients=("flower",)),
        )
    )
    assert (rules.grace, rules.confirm_after, rules.stalled_after) == (1.0, 2.0, 3.0)
    assert (rules.drain_timeout, rules.forget_after) == (4.0, 5.0)
    assert rules.ignored_clients == ("flower",)


@pytest.mark.parametrize(
    ("url", "asked"),
    [(None, False), ("redis://localhost/0", True), ("db+postgresql://localhost/x", False)],
)
def test_results_are_a_source_where_they_can_be_asked(url: str | None, *, asked: bool) -> None:
    """Only a result backend in Redis is a source; all others are, but for OpenSearch."""
    settings = Settings(results=Results.model_validate({"url": url}))
    assert (Source.RESULTS in sources_of(settings)) is asked
    assert set(Source) - set(sources_of(settings)) <= {Source.RESULTS, Source.OPENSEARCH}


def test_results_are_read_with_their_own_options() -> None:
    """The result backend's transport options reach it: a sentinel needs the master's name."""
    address = {"url": "sentinel://localhost:26379"}
    named = {**address, "transport_options": {"master_name": "mymaster"}}
    with pytest.raises(BrokerUrlError, match="master_name"):
        results_of(Settings(results=Results.model_validate(address)))
    results = results_of(Settings(results=Results.model_validate(named)))
    assert results is not None
    results.close()


def test_unreadable_broker_is_refused_at_once() -> None:
    """A broker that nobody here can read is an error before anything is started."""
    settings = Settings(
        database=Database.model_validate({"url": "postgresql://localhost/x"}),
        broker=Broker.model_validate({"url": "sqs://localhost"}),
    )
    with pytest.raises(BrokerUrlError):
        build_observer(settings)


def test_what_few_need_is_loaded_by_who_needs_it() -> None:
    """To serve without OpenSearch, with Redis as broker, costs none of their libraries' memory."""
    script = (
        "import sys, exporter.commands.serve as serve; from exporter.settings import Settings; "
        "from exporter.service.build import indexed_of, heartbeats_of; "
        "from exporter.observe.broker import BrokerOptions, open_broker; "
        "options = BrokerOptions('redis://127.0.0.1:1/0'); "
        "heartbeats_of(options); open_broker(options); assert indexed_of(Settings()) is None; "
        "sys.exit('opensearchpy' in sys.modules or 'celery' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_opensearch_that_is_watched_is_a_source() -> None:
    """Its events reach the judge's rules with the patience that is set."""
    watched = Settings(
        opensearch=OpenSearch.model_validate({"url": "http://opensearch:9200"}),
        judge=Judge(quiet_after=7.0),
        limits=Limits(run_plaso=8.0),
    )
    assert Source.OPENSEARCH in sources_of(watched)
    assert rules_of(watched).quiet_after == 7.0
    assert rules_of(watched).limits == {"run_plaso": 8.0}
    assert rules_of(Settings()).quiet_after == 0.0
